// Characters of a text that may be no UTF-8.

#ifndef FOVEA_TOOLS_COMMON_UTF8_H_
#define FOVEA_TOOLS_COMMON_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fovea::tools {

// How a text begins: with a character, with bytes that are none, or with one that is cut short.
enum class Utf8 { kWhole, kWrong, kCut };

struct Beginning {
  Utf8 state = Utf8::kWhole;
  size_t bytes = 0;    // never 0
  uint32_t point = 0;  // of a whole character
};

// Shortest forms only, no surrogates, at most U+10FFFF. The text must not be empty.
Beginning beginning_of(std::string_view text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_UTF8_H_
