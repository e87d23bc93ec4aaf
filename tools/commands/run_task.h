// A call of `fovea run` or `fovea attend` with all that it reads.

#ifndef FOVEA_TOOLS_COMMANDS_RUN_TASK_H_
#define FOVEA_TOOLS_COMMANDS_RUN_TASK_H_

#include <cstdint>
#include <vector>

#include "tools/commands/run_calls.h"
#include "tools/common/npy.h"
#include "tools/session/dims.h"
#include "tools/session/dropout.h"
#include "tools/session/session.h"

namespace fovea::tools {

struct Input {
  fovea_tensor tensor;  // at maxima
  Npy npy;
};

struct Task {
  uint32_t method = 0;
  DimValues dims;
  std::vector<Input> inputs;
};

// Reads all inputs but `dropout`, which need not be given. Throws UsageError or InputError.
std::vector<Task> read_tasks(const ModelFile& file, const std::vector<Call>& calls);

// Runs one; `pass` is for an input `dropout` that was not given. Warns, but after the first pass,
// of caches that it reads and that nobody filled.
void run_task(const ModelFile& file, const BoundSession& session, const Task& task,
              const Pass& pass = {});

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_RUN_TASK_H_
