// Texts on a command line, or one in each line of standard input.

#ifndef FOVEA_TOOLS_COMMANDS_TEXTS_H_
#define FOVEA_TOOLS_COMMANDS_TEXTS_H_

#include <functional>
#include <string>
#include <vector>

namespace fovea::tools {

// "-" alone, or no text at all.
bool is_standard_input(const std::vector<std::string>& texts);

// Calls `each` with every text. Lines of standard input are read one by one for as long as somebody
// writes; an empty line is an empty text.
void for_each_text(const std::vector<std::string>& texts,
                   const std::function<void(const std::string&)>& each);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_TEXTS_H_
