// Names that a source file keeps to itself, and how to tell them from those of other files.

#ifndef FOVEA_TOOLS_FIRMWARE_LOCAL_NAMES_H_
#define FOVEA_TOOLS_FIRMWARE_LOCAL_NAMES_H_

#include <set>
#include <string>
#include <string_view>

namespace fovea::tools {

// What a C++ source file declares in unnamed namespaces, or static outside of classes: functions,
// variables and types. What is a member of one of these types as well is left out. It understands
// declarations as this project writes them, one name in each.
std::set<std::string_view> local_names(std::string_view source);

// The source with `end` behind each of these names, but where it is a member, or stands in a
// comment, in a literal or in an include.
std::string renamed(std::string_view source, const std::set<std::string_view>& names,
                    std::string_view end);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_FIRMWARE_LOCAL_NAMES_H_
