#include "tools/commands/run_calls.h"

#include <map>

#include "tools/commands/repeated.h"

namespace fovea::tools {

CallOptions::CallOptions(CLI::App* command)
    : command_(command),
      method_(add_repeated(command, "--method",
                           "Method to run; the only one or forward if absent. Several run one "
                           "after the other in one session, each with the options after it")),
      input_(add_repeated(command, "--input",
                          "NAME=FILE.npy, NAME=FILE.npz:KEY or NAME=- for standard input, once "
                          "for each input. Numbers of other types are taken where every value "
                          "stays the same")),
      inputs_(add_repeated(command, "--inputs", "FILE.npz with an array for each input")),
      set_(add_repeated(command, "--set", "DIM=N where no input's shape says it")) {}

bool CallOptions::given() const {
  return method_->count() + input_->count() + inputs_->count() + set_->count() > 0;
}

std::vector<Call> CallOptions::calls() const {
  std::vector<Call> calls(1);
  bool named = false;
  std::map<const CLI::Option*, size_t> taken;
  for (const CLI::Option* option : command_->parse_order()) {
    if (option != method_ && option != input_ && option != inputs_ && option != set_) continue;
    const std::string& text = option->results().at(taken[option]++);
    if (option == method_) {
      if (named) calls.emplace_back();
      named = true;
      calls.back().method = text;
    } else {
      Call& call = calls.back();
      (option == input_    ? call.inputs
       : option == inputs_ ? call.archives
                           : call.dims)
          .push_back(text);
    }
  }
  return calls;
}

}  // namespace fovea::tools
