// Code points of a text that may be no UTF-8.

#ifndef FOVEA_RUNTIME_TEXT_UTF8_H_
#define FOVEA_RUNTIME_TEXT_UTF8_H_

#include <stddef.h>
#include <stdint.h>

#include "runtime/text/vocabulary.h"

namespace fovea {

constexpr uint32_t kReplacement = 0xFFFD;  // what bytes that are no UTF-8 read as

struct CodePoint {
  uint32_t value;
  size_t size;  // bytes, 1 to 4
  bool well_formed;
};

// How a text that is not empty begins: with a code point in its shortest form, no surrogate, or
// with bytes that read as U+FFFD: one that begins no code point, or the beginning of one that does
// not go on (Unicode, 3.9, maximal subparts, which Python and Rust replace so, too).
inline CodePoint first_point(Text text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data);
  const uint32_t lead = bytes[0];
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {kReplacement, 1, false};
  const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint32_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  uint32_t value = lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if (i == text.size || bytes[i] < least || bytes[i] > most) return {kReplacement, i, false};
    value = value << 6 | (bytes[i] & 0x3Fu);
    least = 0x80;
    most = 0xBF;
  }
  return {value, size, true};
}

// The bytes of a code point. Returns how many, 1 to 4.
inline size_t write_point(uint32_t point, char* bytes) {
  const size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; --i) {
    bytes[i] = static_cast<char>(0x80 | (point & 0x3F));
    point >>= 6;
  }
  const uint32_t marks = size == 1 ? 0 : 0xF00u >> size;
  bytes[0] = static_cast<char>((marks & 0xFF) | point);
  return size;
}

// Bytes of the last code point of a text that is not empty.
inline size_t last_point_size(Text text) {
  size_t size = 1;
  while (size < text.size && size < 4 && (text.data[text.size - size] & 0xC0) == 0x80) ++size;
  return size;
}

inline uint32_t last_point(Text text) {
  const size_t size = last_point_size(text);
  return first_point({text.data + text.size - size, size}).value;
}

inline bool is_utf8(Text text) {
  for (size_t i = 0; i < text.size;) {
    const CodePoint point = first_point({text.data + i, text.size - i});
    if (!point.well_formed) return false;
    i += point.size;
  }
  return true;
}

// A text that is written to memory of a fixed size.
struct TextOutput {
  char* data;
  size_t capacity;
  size_t size = 0;

  // False where it does not fit.
  bool add(Text text) {
    if (text.size > capacity - size) return false;
    std::memcpy(data + size, text.data, text.size);
    size += text.size;
    return true;
  }
  bool add(uint32_t point) {
    char bytes[4];
    return add(Text{bytes, write_point(point, bytes)});
  }
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_UTF8_H_
