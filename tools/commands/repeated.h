// Options that may be given several times.

#ifndef FOVEA_TOOLS_COMMANDS_REPEATED_H_
#define FOVEA_TOOLS_COMMANDS_REPEATED_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace fovea::tools {

// Each takes one value, so that an argument may follow.
inline CLI::Option* one_value_each(CLI::Option* option) {
  return option->take_all()->allow_extra_args(false);
}

// An option whose values are asked for later.
inline CLI::Option* add_repeated(CLI::App* command, const std::string& name,
                                 const std::string& meaning) {
  return one_value_each(command->add_option(
      name, [](const CLI::results_t&) { return true; }, meaning));
}

inline CLI::Option* add_repeated(CLI::App* command, const std::string& name,
                                 std::vector<std::string>& values, const std::string& meaning) {
  return one_value_each(command->add_option(name, values, meaning));
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_REPEATED_H_
