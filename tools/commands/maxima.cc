#include "tools/commands/maxima.h"

#include <fmt/format.h>

#include <charconv>

#include "tools/common/error.h"

namespace fovea::tools {

Maxima parse_maxima(const std::vector<std::string>& options) {
  Maxima maxima;
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    uint32_t value = 0;
    const char* const end = option.data() + option.size();
    const char* const digits = equals == std::string::npos ? end : option.data() + equals + 1;
    const auto [stop, error] = std::from_chars(digits, end, value);
    if (digits == end || stop != end || error != std::errc() || equals == 0) {
      throw UsageError(
          fmt::format("--max {}: give it as NAME=NUMBER, for example tokens=16", option));
    }
    maxima[option.substr(0, equals)] = value;
  }
  return maxima;
}

}  // namespace fovea::tools
