// The command line of `fovea run` as a list of runs.

#ifndef FOVEA_TOOLS_COMMANDS_RUN_CALLS_H_
#define FOVEA_TOOLS_COMMANDS_RUN_CALLS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace fovea::tools {

// One run of one method.
struct Call {
  std::string method;                 // empty: the only one, or `forward`
  std::vector<std::string> inputs;    // NAME=FILE
  std::vector<std::string> archives;  // FILE.npz
  std::vector<std::string> dims;      // DIM=N
};

// Adds --method, --input, --inputs and --set.
class CallOptions {
 public:
  explicit CallOptions(CLI::App* command);

  // After parsing: options belong to the --method before them; those before the first, to it.
  std::vector<Call> calls() const;
  // Whether any of them was given.
  bool given() const;

 private:
  CLI::App* command_;
  CLI::Option *method_, *input_, *inputs_, *set_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_RUN_CALLS_H_
