// A model that runs what a reference has inputs for.

#ifndef FOVEA_TOOLS_COMMANDS_REFERENCE_RUN_H_
#define FOVEA_TOOLS_COMMANDS_REFERENCE_RUN_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/commands/compare.h"
#include "tools/session/seen.h"
#include "tools/session/session.h"

namespace fovea::tools {

class ReferenceRun {
 public:
  ReferenceRun(const Reference& reference, const ModelFile& file)
      : reference_(reference), file_(file), session_(file, 1, chosen_row()) {}

  // The methods that have all of their inputs there, and what these are called.
  std::vector<uint32_t> methods(std::set<std::string>* used) const;

  // From caches of which those that the method fills are empty.
  void run(uint32_t method) const;

  // An output of the last run.
  Seen output(uint32_t method, const char* name) const;

  const ModelFile& file() const { return file_; }
  const Session& session() const { return *session_; }

 private:
  std::vector<std::string> inputs(uint32_t method) const;
  std::optional<std::vector<std::string>> input_keys(uint32_t method) const;

  const Reference& reference_;
  const ModelFile& file_;
  BoundSession session_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_REFERENCE_RUN_H_
