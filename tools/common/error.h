// The two ways in which a tool ends before its work is done.

#ifndef FOVEA_TOOLS_COMMON_ERROR_H_
#define FOVEA_TOOLS_COMMON_ERROR_H_

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace fovea::tools {

// The input is at fault: one line that says which file, what is wrong, where, and what to do.
// Ends the program with exit code 1.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& line) : std::runtime_error(line) {}
};

// The command line is at fault. Ends the program with exit code 2.
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& line) : std::runtime_error(line) {}
};

// Throws an InputError with a formatted line.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw InputError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_ERROR_H_
