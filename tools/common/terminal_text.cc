#include "tools/common/terminal_text.h"

#include <cstdint>

#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

bool harmless(uint32_t point) {
  return point == '\n' || point == '\t' || (point >= 0x20 && point < 0x7F) || point > 0x9F;
}

}  // namespace

std::string TerminalText::add(std::string_view bytes) {
  pending_ += bytes;
  std::string_view left = pending_;
  std::string result;
  while (!left.empty()) {
    const Beginning next = beginning_of(left);
    if (next.state == Utf8::kCut) break;
    if (next.state == Utf8::kWrong) {
      result += kReplacement;
    } else if (harmless(next.point)) {
      result += left.substr(0, next.bytes);
    }
    left.remove_prefix(next.bytes);
  }
  pending_ = std::string(left);
  return result;
}

std::string TerminalText::finish() {
  const bool cut = !pending_.empty();
  pending_.clear();
  return cut ? kReplacement : "";
}

}  // namespace fovea::tools
