// Text from files and command lines on its way to a terminal or a log.

#ifndef FOVEA_TOOLS_COMMON_PRINTABLE_H_
#define FOVEA_TOOLS_COMMON_PRINTABLE_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fovea::tools {

// The text in UTF-8 with nothing that steers a terminal or hides from a reader: control
// characters and bytes that are no UTF-8 become \xNN, characters that turn the direction of
// writing, break lines or cannot be seen become \u{N}.
std::string printable(std::string_view text);

// JSON in lines, all of it ASCII.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_PRINTABLE_H_
