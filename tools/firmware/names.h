// Names of a model as C identifiers.

#ifndef FOVEA_TOOLS_FIRMWARE_NAMES_H_
#define FOVEA_TOOLS_FIRMWARE_NAMES_H_

#include <set>
#include <string>
#include <string_view>

#include "runtime/schema.h"

namespace fovea::tools {

// What symbols of the runtime begin with: a part that links an operator's code, or a feature's.
inline constexpr std::string_view kOperator = "fovea_operator_", kFeature = "fovea_feature_";

// Whether C and C++ take it as a name of one's own.
bool is_identifier(std::string_view text);

// The text with '_' for all that an identifier cannot hold: "my-model.v2" becomes "my_model_v2".
std::string identifier_of(std::string_view text);

std::string upper(std::string_view text);

// The symbol of an operator's code: fovea_operator_rms_norm for RmsNorm; another format than f32 of
// its first weight is at the end, `form` ("_plain") before it.
std::string operator_symbol(schema::Attributes kind, schema::DType format = schema::DType::Float32,
                            const char* form = "");

// Gives each name once: what was given before gets a number.
class UniqueNames {
 public:
  std::string take(const std::string& name);

 private:
  std::set<std::string> taken_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_NAMES_H_
