// Kinds of characters, whatever the locale.

#ifndef FOVEA_TOOLS_COMMON_ASCII_H_
#define FOVEA_TOOLS_COMMON_ASCII_H_

#include <cstdint>

namespace fovea::tools {

// Of a byte or a code point.
constexpr bool is_ascii_digit(uint32_t c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_ascii_letter(uint32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_ASCII_H_
