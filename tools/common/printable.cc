#include "tools/common/printable.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "tools/common/utf8.h"

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

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Beginning next = beginning_of(text);
    const bool whole = next.state == Utf8::kWhole;
    const size_t bytes = whole ? next.bytes : 1;
    if (!whole || next.point < 0x20 || next.point == 0x7F) {
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else if (hidden(next.point)) {
      fmt::format_to(std::back_inserter(result), "\\u{{{:x}}}", next.point);
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
