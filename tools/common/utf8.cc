#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

uint8_t byte_at(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

bool allowed(uint32_t point, size_t bytes) {
  if (point >= 0xD800 && point <= 0xDFFF) return false;
  return point <= 0x10FFFF && (bytes < 3 || point >= (bytes == 3 ? 0x800u : 0x10000u));
}

}  // namespace

Beginning beginning_of(std::string_view text) {
  const uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {Utf8::kWhole, 1, lead};
  if (lead < 0xC2 || lead > 0xF4) return {Utf8::kWrong, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  uint32_t point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (i == text.size()) return {Utf8::kCut, i};
    if ((byte_at(text, i) & 0xC0) != 0x80) return {Utf8::kWrong, i};
    point = point << 6 | (byte_at(text, i) & 0x3Fu);
  }
  return {allowed(point, bytes) ? Utf8::kWhole : Utf8::kWrong, bytes, point};
}

}  // namespace fovea::tools
