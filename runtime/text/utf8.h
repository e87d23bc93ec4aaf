// Code points of a text that may be no UTF-8.

#ifndef FOVEA_RUNTIME_TEXT_UTF8_H_
#define FOVEA_RUNTIME_TEXT_UTF8_H_

#include <stddef.h>
#include <stdint.h>

#include "runtime/vocabulary.h"

namespace fovea {

constexpr uint32_t kReplacement = 0xFFFD;  // what a byte that is no UTF-8 reads as

struct CodePoint {
  uint32_t value;
  size_t size;  // bytes, 1 to 4
  bool well_formed;
};

// How a text that is not empty begins: with a code point in its shortest form, no surrogate, or
// with a byte that begins none and reads as U+FFFD.
inline CodePoint first_point(Text text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data);
  const uint32_t lead = bytes[0];
  if (lead < 0x80) return {lead, 1, true};
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const CodePoint stray = {kReplacement, 1, false};
  if (lead < 0xC2 || lead > 0xF4 || size > text.size) return stray;
  uint32_t value = lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((bytes[i] & 0xC0) != 0x80) return stray;
    value = value << 6 | (bytes[i] & 0x3Fu);
  }
  const uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  if (value < least || value > 0x10FFFF || value >> 11 == 0x1B) return stray;
  return {value, size, true};
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_UTF8_H_
