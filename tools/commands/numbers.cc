#include "tools/commands/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <string>

namespace fovea::tools {
namespace {

// Whether all of `text` is a number within bounds; it is then written as CLI11 reads it, which
// takes 010 for 8. A NaN is within no bounds.
template <typename T>
bool within(std::string& text, T least, T most) {
  T value = {};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  const bool whole = result.ec == std::errc() && result.ptr == end;
  if (!whole || !(value >= least && value <= most)) return false;
  text = fmt::format("{}", value);
  return true;
}

template <typename T>
CLI::Validator between(T least, T most, const char* kind) {
  const auto check = [=](std::string& text) {
    if (within(text, least, most)) return std::string();
    return fmt::format("{} is not {} from {} to {}", text, kind, least, most);
  };
  return CLI::Validator(check, fmt::format("[{} - {}]", least, most));
}

}  // namespace

CLI::Validator number_between(double least, double most) {
  return between(least, most, "a number");
}

CLI::Validator whole_between(uint64_t least, uint64_t most) {
  return between(least, most, "a whole number");
}

}  // namespace fovea::tools
