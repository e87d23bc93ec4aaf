// Checks of the numbers on a command line. CLI::Range lets NaN through, and some conversions wrap.

#ifndef FOVEA_TOOLS_COMMANDS_NUMBERS_H_
#define FOVEA_TOOLS_COMMANDS_NUMBERS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace fovea::tools {

// A decimal number from `least` to `most`, both finite.
CLI::Validator number_between(double least, double most);

// A whole number, decimal digits only.
CLI::Validator whole_between(uint64_t least, uint64_t most);

inline CLI::Validator thread_count() {
  return whole_between(1, 256);
}
inline CLI::Validator any_uint32() {
  return whole_between(0, std::numeric_limits<uint32_t>::max());
}
inline CLI::Validator any_uint64() {
  return whole_between(0, std::numeric_limits<uint64_t>::max());
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_NUMBERS_H_
