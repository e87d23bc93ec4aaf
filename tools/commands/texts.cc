#include "tools/commands/texts.h"

#include <iostream>

#include "tools/common/error.h"

namespace fovea::tools {

bool is_standard_input(const std::vector<std::string>& texts) {
  return texts.empty() || (texts.size() == 1 && texts[0] == "-");
}

void for_each_text(const std::vector<std::string>& texts,
                   const std::function<void(const std::string&)>& each) {
  const bool from_input = is_standard_input(texts);
  for (const std::string& text : texts) {
    if (!from_input) each(text);
  }
  std::string line;
  while (from_input && std::getline(std::cin, line)) {
    if (line.ends_with('\r')) line.pop_back();
    each(line);
  }
  if (from_input && std::cin.bad()) fail("-: cannot be read");
}

}  // namespace fovea::tools
