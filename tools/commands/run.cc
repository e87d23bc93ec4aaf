// `fovea run`: methods in one session, tensors in and out as .npy files.

#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/run_calls.h"
#include "tools/commands/run_task.h"
#include "tools/common/error.h"
#include "tools/common/npy.h"
#include "tools/common/output_folder.h"
#include "tools/common/printable.h"
#include "tools/firmware/names.h"
#include "tools/session/session.h"
#include "tools/session/trace.h"

namespace fovea::tools {
namespace {

struct Arguments {
  std::string file;
  std::vector<Call> calls;
  std::string output_dir;
  uint32_t threads = 1;
  bool trace = false;
};

struct Output {
  std::string name, path;
  OutputFile* file;
};

// By task.
using Outputs = std::vector<std::vector<Output>>;

// A name from a model file as a file's name: it cannot lead out of the folder.
std::string file_name(const std::string& name) {
  std::string result = name.empty() ? "output" : name;
  for (char& c : result) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!plain && c != '_' && c != '-' && c != '.') c = '_';
  }
  if (result[0] == '.') result[0] = '_';
  return result;
}

// NAME.npy; METHOD.NAME.npy where several methods run, METHOD_2 for the second time.
Outputs add_outputs(const ModelFile& file, OutputFolder& folder, const std::vector<Task>& tasks) {
  UniqueNames methods, names;
  Outputs outputs;
  for (const Task& task : tasks) {
    outputs.emplace_back();
    const std::string method = methods.take(file_name(file.method_name(task.method)));
    for (uint32_t i = 0; i < file.model().output_count(task.method); ++i) {
      const std::string name = file.check(file.model().output(task.method, i)).name;
      const std::string stem = (tasks.size() > 1 ? method + "." : "") + file_name(name);
      const std::string unique = names.take(stem) + ".npy";
      outputs.back().push_back({name, folder.path_of(unique), &folder.add(unique)});
    }
  }
  return outputs;
}

// Writes what a run gave and says it, a line for each output.
std::string write_outputs(const ModelFile& file, const Session& session, const Task& task,
                          const std::vector<Output>& outputs) {
  std::string lines;
  for (const Output& output : outputs) {
    fovea_tensor tensor = {};
    fovea_error error = {};
    if (fovea_output(session.get(), task.method, output.name.c_str(), &tensor, &error) !=
        FOVEA_OK) {
      file.throw_error(Error(error));
    }
    const std::vector<uint64_t> shape(tensor.extents, tensor.extents + tensor.rank);
    const std::span<const uint8_t> data(static_cast<const uint8_t*>(tensor.data), tensor.bytes);
    output.file->write(npy_bytes(tensor.type, shape, data));
    lines += fmt::format("{}: {} {}\n", printable(output.path), type_name(tensor.type),
                         shape_text(shape));
  }
  return lines;
}

void run(const Arguments& arguments) {
  const std::string row = chosen_row();
  const ModelFile file(arguments.file);
  const std::vector<Task> tasks = read_tasks(file, arguments.calls);
  OutputFolder folder(arguments.output_dir);
  const Outputs outputs = add_outputs(file, folder, tasks);

  const BoundSession session(file, arguments.threads, row);
  std::optional<Tracer> tracer;
  if (arguments.trace) tracer.emplace(file, *session);
  std::string lines;
  for (size_t i = 0; i < tasks.size(); ++i) {
    run_task(file, session, tasks[i]);
    lines += write_outputs(file, *session, tasks[i], outputs[i]);
  }
  folder.commit();
  fmt::print(stderr, "{}", lines);
  if (!tracer) return;
  for (const TraceLine& line : tracer->lines()) fmt::print("{}\n", trace_text(line));
}

}  // namespace

void add_run(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("run", "Runs methods on .npy files");
  command->add_option("FILE", arguments->file, "A .fovea file")->required();
  const auto options = std::make_shared<CallOptions>(command);
  command
      ->add_option("--output-dir", arguments->output_dir,
                   "Folder for NAME.npy, or METHOD.NAME.npy where several methods run")
      ->required();
  command->add_option("--threads", arguments->threads, "Threads")->check(thread_count());
  command->add_flag("--trace", arguments->trace,
                    "Prints a line \"method operator kind crc\" for each operator");
  command->callback([arguments, options] {
    arguments->calls = options->calls();
    run(*arguments);
  });
}

}  // namespace fovea::tools
