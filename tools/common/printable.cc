#include "tools/common/printable.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace fovea::tools {
namespace {

struct Range {
  uint32_t first, last;
};

// Beside the controls: marks, embeddings and isolates of the bidirectional algorithm, separators
// of lines and paragraphs, spaces without width, tags. U+200C and U+200D are part of words.
constexpr Range kHidden[] = {{0x80, 0x9F},     {0x61C, 0x61C},   {0x200B, 0x200B},
                             {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
                             {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};

bool hidden(uint32_t point) {
  for (const Range& range : kHidden) {
    if (point >= range.first && point <= range.last) return true;
  }
  return false;
}

uint8_t byte_at(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
}

struct Point {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: the text does not begin with a character
};

// The first character of a text: shortest form only, no surrogates, at most U+10FFFF.
Point first_point(std::string_view text) {
  const uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return {};
  uint32_t value = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const uint8_t next = byte_at(text, i);
    if ((next & 0xC0) != 0x80) return {};
    value = value << 6 | (next & 0x3Fu);
  }
  const bool longer = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return longer || surrogate || value > 0x10FFFF ? Point{} : Point{value, bytes};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Point point = first_point(text);
    const size_t bytes = point.bytes == 0 ? 1 : point.bytes;
    if (point.bytes == 0 || point.value < 0x20 || point.value == 0x7F) {
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", byte_at(text, 0));
    } else if (hidden(point.value)) {
      fmt::format_to(std::back_inserter(result), "\\u{{{:x}}}", point.value);
    } else {
      result += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return result;
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace fovea::tools
