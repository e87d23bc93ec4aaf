// Text that comes piece by piece, as it may go to a terminal.

#ifndef FOVEA_TOOLS_COMMON_TERMINAL_TEXT_H_
#define FOVEA_TOOLS_COMMON_TERMINAL_TEXT_H_

#include <string>
#include <string_view>

namespace fovea::tools {

// Leaves out the characters that a terminal obeys (U+0000 to U+001F but for line feed and tab,
// U+007F to U+009F), though their bytes may come in different pieces. What is no UTF-8 becomes
// U+FFFD.
class TerminalText {
 public:
  // What can be shown so far. A character that is not complete is kept.
  std::string add(std::string_view bytes);
  // What is left when no more bytes come.
  std::string finish();

 private:
  std::string pending_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_TERMINAL_TEXT_H_
