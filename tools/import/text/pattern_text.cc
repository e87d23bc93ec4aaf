#include "tools/import/text/pattern_text.h"

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/utf8.h"

namespace fovea::tools {
namespace {

constexpr size_t kLongestPattern = 1 << 16;
constexpr int kDeepestPattern = 100;

int digit_of(uint32_t point) {
  if (point >= '0' && point <= '9') return static_cast<int>(point - '0');
  if (point >= 'a' && point <= 'f') return static_cast<int>(point - 'a' + 10);
  if (point >= 'A' && point <= 'F') return static_cast<int>(point - 'A' + 10);
  return 16;
}

}  // namespace

PatternText::PatternText(const std::string& text, const std::string& where)
    : text_(text), where_(where) {
  if (text.size() > kLongestPattern) {
    fail("{}: a pattern of {} bytes; at most {} are read", where, text.size(), kLongestPattern);
  }
  for (std::string_view rest = text; !rest.empty();) {
    const Beginning point = beginning_of(rest);
    if (point.state != Utf8::kWhole) fail("{}: the pattern is no UTF-8", where);
    points_ += static_cast<char32_t>(point.point);
    rest.remove_prefix(point.bytes);
  }
}

uint32_t PatternText::take() {
  if (done()) refuse("an end too early");
  return points_[at_++];
}

bool PatternText::goes_on(std::string_view words) const {
  for (size_t i = 0; i < words.size(); ++i) {
    if (at_ + i >= points_.size() || points_[at_ + i] != static_cast<unsigned char>(words[i])) {
      return false;
    }
  }
  return true;
}

bool PatternText::take(std::string_view words) {
  if (!goes_on(words)) return false;
  at_ += words.size();
  return true;
}

bool PatternText::at_digit(uint32_t base) const {
  return !done() && digit_of(peek()) < static_cast<int>(base);
}

uint32_t PatternText::number(uint32_t most, uint32_t base) {
  if (!at_digit(base)) refuse("no number where one is needed");
  uint64_t value = 0;
  while (at_digit(base)) {
    value = value * base + static_cast<uint64_t>(digit_of(take()));
    if (value > most) refuse(fmt::format("a number above {}", most));
  }
  return static_cast<uint32_t>(value);
}

void PatternText::enter() {
  if (++depth_ > kDeepestPattern) refuse("groups or sets too deep");
}

void PatternText::refuse(const std::string& what) const {
  fail("{}: the pattern {} has {} at character {}; it cannot be converted", where_,
       printable(text_), what, at_);
}

}  // namespace fovea::tools
