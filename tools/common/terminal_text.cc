#include "tools/common/terminal_text.h"

#include <cstddef>
#include <cstdint>

namespace fovea::tools {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

enum class State { kWhole, kWrong, kCut };

// How a text begins: with a character, with bytes that are none, or with one that is cut short.
struct Beginning {
  State state;
  size_t bytes;
  uint32_t point = 0;
};

uint8_t byte_at(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

bool allowed(uint32_t point, size_t bytes) {
  if (point >= 0xD800 && point <= 0xDFFF) return false;
  return point <= 0x10FFFF && (bytes < 3 || point >= (bytes == 3 ? 0x800u : 0x10000u));
}

Beginning beginning(std::string_view text) {
  const uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {State::kWhole, 1, lead};
  if (lead < 0xC2 || lead > 0xF4) return {State::kWrong, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  uint32_t point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (i == text.size()) return {State::kCut, i};
    if ((byte_at(text, i) & 0xC0) != 0x80) return {State::kWrong, i};
    point = point << 6 | (byte_at(text, i) & 0x3Fu);
  }
  return {allowed(point, bytes) ? State::kWhole : State::kWrong, bytes, point};
}

bool harmless(uint32_t point) {
  return point == '\n' || point == '\t' || (point >= 0x20 && point < 0x7F) || point > 0x9F;
}

}  // namespace

std::string TerminalText::add(std::string_view bytes) {
  pending_ += bytes;
  std::string_view left = pending_;
  std::string result;
  while (!left.empty()) {
    const Beginning next = beginning(left);
    if (next.state == State::kCut) break;
    if (next.state == State::kWrong) {
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
