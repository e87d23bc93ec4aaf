#include "tools/import/chat/texts.h"

#include <cctype>

namespace fovea::tools::chat {

std::string cased(const std::string& text, const Arguments& arguments, bool upper) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) arguments.wrong("changes the case of what is no ASCII");
    result += static_cast<char>(upper ? std::toupper(byte) : std::tolower(byte));
  }
  return result;
}

std::string capitalized(const std::string& text, const Arguments& arguments) {
  std::string result = cased(text, arguments, false);
  if (!result.empty()) result[0] = static_cast<char>(std::toupper(result[0]));
  return result;
}

std::string titled(const std::string& text, const Arguments& arguments) {
  std::string result = cased(text, arguments, false);
  bool word = false;
  for (char& c : result) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (letter && !word) c = static_cast<char>(std::toupper(c));
    word = letter;
  }
  return result;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to,
                     int64_t most, const Arguments& arguments) {
  if (from.empty()) arguments.wrong("of nothing");
  std::string result;
  size_t begin = 0;
  for (int64_t i = 0; most < 0 || i < most; ++i) {
    const size_t found = text.find(from, begin);
    if (found == std::string::npos) break;
    result += text.substr(begin, found - begin) + to;
    begin = found + from.size();
  }
  return result + text.substr(begin);
}

}  // namespace fovea::tools::chat
