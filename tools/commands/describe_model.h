// All that `fovea inspect` knows of a model, as JSON.

#ifndef FOVEA_TOOLS_COMMANDS_DESCRIBE_MODEL_H_
#define FOVEA_TOOLS_COMMANDS_DESCRIBE_MODEL_H_

#include <nlohmann/json.hpp>

#include "tools/session/session.h"

namespace fovea::tools {

nlohmann::ordered_json describe_model(const ModelFile& file);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_DESCRIBE_MODEL_H_
