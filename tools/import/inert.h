// Keys of configs that do not change what a model computes.

#ifndef FOVEA_TOOLS_IMPORT_INERT_H_
#define FOVEA_TOOLS_IMPORT_INERT_H_

#include <nlohmann/json.hpp>
#include <string_view>

namespace fovea::tools {

// Whether the key with this value is known to have no effect on inference, in any family. A family
// for which one of them has an effect reads it.
bool is_inert(std::string_view key, const nlohmann::json& value);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_INERT_H_
