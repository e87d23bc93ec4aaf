#include "tools/import/text/byte_alphabet.h"

#include <map>
#include <string_view>

#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

bool is_printable(uint32_t byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
}

uint32_t code_point_of(uint8_t byte) {
  if (is_printable(byte)) return byte;
  uint32_t point = 0x100;
  for (uint32_t other = 0; other < byte; ++other) point += is_printable(other) ? 0 : 1;
  return point;
}

// By code point.
const std::map<uint32_t, char>& bytes() {
  static const auto all = [] {
    std::map<uint32_t, char> map;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      map[code_point_of(static_cast<uint8_t>(byte))] = static_cast<char>(byte);
    }
    return map;
  }();
  return all;
}

}  // namespace

std::string byte_character(uint8_t byte) {
  const uint32_t point = code_point_of(byte);
  if (point < 0x80) return {static_cast<char>(point)};
  return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
}

std::optional<std::string> piece_bytes(const std::string& piece) {
  std::string all;
  for (std::string_view rest = piece; !rest.empty();) {
    const Beginning point = beginning_of(rest);
    const auto found = bytes().find(point.point);
    if (point.state != Utf8::kWhole || found == bytes().end()) return std::nullopt;
    all += found->second;
    rest.remove_prefix(point.bytes);
  }
  return all;
}

}  // namespace fovea::tools
