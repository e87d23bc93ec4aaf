// Files of a Hugging Face folder besides the config and the weights.

#ifndef FOVEA_TOOLS_CHECKPOINT_BESIDE_H_
#define FOVEA_TOOLS_CHECKPOINT_BESIDE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// A JSON file beside the weights; an empty object where there is none. `path` becomes its name.
// Throws InputError where it is no JSON.
nlohmann::json read_beside(const Checkpoint& checkpoint, const char* name, std::string* path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_BESIDE_H_
