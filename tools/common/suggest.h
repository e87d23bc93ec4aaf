// What somebody may have meant.

#ifndef FOVEA_TOOLS_COMMON_SUGGEST_H_
#define FOVEA_TOOLS_COMMON_SUGGEST_H_

#include <string>
#include <vector>

namespace fovea::tools {

// ": did you mean 'inspect'?" for the most similar name, or nothing where none is similar.
std::string suggestion(const std::string& word, const std::vector<std::string>& names);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_SUGGEST_H_
