// `fovea run`: methods in one session, tensors in and out as .npy files.

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/run_calls.h"
#include "tools/commands/run_outputs.h"
#include "tools/commands/run_task.h"
#include "tools/common/error.h"
#include "tools/common/output_folder.h"
#include "tools/session/dropout.h"
#include "tools/session/session.h"
#include "tools/session/trace.h"

namespace fovea::tools {
namespace {

struct RunArguments {
  std::string file;
  std::vector<Call> calls;
  std::string output_dir;
  uint32_t threads = 1;
  int32_t passes = 0, seed = 0;  // of dropout; 0 passes: one run without
  bool trace = false;
};

// Every pass is all tasks, from empty caches.
void run_pass(const ModelFile& file, const BoundSession& session, const std::vector<Task>& tasks,
              const Pass& pass, RunOutputs& outputs) {
  for (uint32_t i = 0; i < file.tables().sequences(); ++i) file.check(session->reset(i));
  for (size_t i = 0; i < tasks.size(); ++i) {
    run_task(file, session, tasks[i], pass);
    outputs.take(*session, tasks[i], i);
  }
}

void check_passes(const ModelFile& file, const std::vector<Task>& tasks) {
  bool any = false;
  for (const Task& task : tasks) {
    any = any || drops(file, task.method);
    for (const Input& input : task.inputs) {
      if (is_dropout(input.tensor)) {
        throw UsageError("--passes gives the input 'dropout' itself: leave out one of the two");
      }
    }
  }
  if (any) return;
  fail("{}: --passes: no method that runs drops weights; convert with --dropout P", file.path());
}

void run(const RunArguments& arguments) {
  const std::string row = chosen_row();
  const ModelFile file(arguments.file);
  const std::vector<Task> tasks = read_tasks(file, arguments.calls);
  if (arguments.passes > 0) check_passes(file, tasks);
  OutputFolder folder(arguments.output_dir);
  RunOutputs outputs(file, folder, tasks, arguments.passes > 0);

  const BoundSession session(file, arguments.threads, row);
  std::optional<Tracer> tracer;
  if (arguments.trace) tracer.emplace(file, *session);
  if (arguments.passes == 0) run_pass(file, session, tasks, Pass(), outputs);
  for (int32_t i = 0; i < arguments.passes; ++i) {
    run_pass(file, session, tasks, {arguments.seed, i}, outputs);
  }
  if (arguments.passes > 0) outputs.write_spreads();
  folder.commit();
  fmt::print(stderr, "{}", outputs.lines());
  if (!tracer) return;
  for (const TraceLine& line : tracer->lines()) fmt::print("{}\n", trace_text(line));
}

}  // namespace

void add_run(CLI::App& app) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Runs methods on .npy files");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  const auto options = std::make_shared<CallOptions>(command);
  command
      ->add_option("--output-dir", arguments->output_dir,
                   "Folder for NAME.npy, or METHOD.NAME.npy where several methods run")
      ->required();
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  CLI::Option* passes =
      command
          ->add_option("--passes", arguments->passes,
                       "Runs so often, dropping weights in every pass, and gives NAME.mean.npy and "
                       "NAME.spread.npy, the standard deviation, of every output")
          ->check(CLI::Range(1, 1 << 20));
  command->add_option("--seed", arguments->seed, "Of what passes drop; 0 unless given")
      ->needs(passes);
  command->add_flag("--trace", arguments->trace,
                    "Prints a line \"method operator kind crc\" for each operator");
  command->callback([arguments, options] {
    arguments->calls = options->calls();
    run(*arguments);
  });
}

}  // namespace fovea::tools
