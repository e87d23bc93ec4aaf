// `fovea run`: methods in one session, tensors in and out as .npy files.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/commands/commands.h"
#include "tools/commands/numbers.h"
#include "tools/commands/run_calls.h"
#include "tools/common/error.h"
#include "tools/common/npy.h"
#include "tools/common/output_folder.h"
#include "tools/common/printable.h"
#include "tools/firmware/names.h"
#include "tools/session/caches.h"
#include "tools/session/dims.h"
#include "tools/session/pace.h"
#include "tools/session/session.h"
#include "tools/session/shape.h"
#include "tools/session/tensor_input.h"
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

struct Input {
  fovea_tensor tensor;  // at maxima
  Npy npy;
};

struct Output {
  std::string name, path;
  OutputFile* file;
};

// A call with all that it reads, and where its results go.
struct Task {
  uint32_t method = 0;
  DimValues dims;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
};

std::string input_names(const ModelFile& file, uint32_t method) {
  std::string result;
  for (uint32_t i = 0; i < file.model().input_count(method); ++i) {
    const fovea_tensor tensor = file.check(file.model().input(method, i));
    result += fmt::format("{}{} {} {}", result.empty() ? "" : ", ", tensor.name,
                          type_name(tensor.type), symbolic_shape(file.model(), tensor));
  }
  return result.empty() ? "none" : result;
}

// Where the numbers are, by name of input.
std::map<std::string, ArrayPlace> sources_of(const Call& call) {
  std::map<std::string, ArrayPlace> result;
  const auto add = [&](const std::string& name, const ArrayPlace& place) {
    if (result.emplace(name, place).second) return;
    throw UsageError(fmt::format("--input {} is given twice", name));
  };
  for (const std::string& text : call.inputs) {
    const Assignment assignment = parse_assignment(text, "--input");
    add(assignment.name, parse_place(assignment.value));
  }
  for (const std::string& path : call.archives) {
    for (const std::string& key : archive_keys(path)) add(key, {path, key});
  }
  return result;
}

bool has_input(const Task& task, const std::string& name) {
  return std::any_of(task.inputs.begin(), task.inputs.end(),
                     [&](const Input& input) { return name == input.tensor.name; });
}

// Every input of the method. A name that it lacks is complained of first: a missing one may be it.
void read_inputs(const ModelFile& file, const std::map<std::string, ArrayPlace>& sources,
                 Task* task) {
  for (uint32_t i = 0; i < file.model().input_count(task->method); ++i) {
    task->inputs.push_back({file.check(file.model().input(task->method, i)), {}});
  }
  for (const auto& [name, place] : sources) {
    if (has_input(*task, name)) continue;
    fail("{}: method '{}' has no input '{}', only: {}", file.path(), file.method_name(task->method),
         name, input_names(file, task->method));
  }
  for (Input& input : task->inputs) {
    const auto found = sources.find(input.tensor.name);
    if (found == sources.end()) {
      fail("{}: input '{}' of '{}' is missing: give --input {}=FILE.npy", file.path(),
           input.tensor.name, file.method_name(task->method), input.tensor.name);
    }
    input.npy = read_tensor(found->second, input.tensor);
    task->dims.infer(input.tensor, input.npy, found->second.text());
  }
}

void set_inputs(const ModelFile& file, const Session& session, const Task& task) {
  for (const Input& input : task.inputs) {
    const std::vector<uint32_t> extents(input.npy.shape.begin(), input.npy.shape.end());
    fovea_error error = {};
    const fovea_code code = fovea_set_input(session.get(), task.method, input.tensor.name,
                                            input.npy.type, static_cast<uint32_t>(extents.size()),
                                            extents.data(), input.npy.data.data(), &error);
    if (code != FOVEA_OK) file.throw_error(Error(error));
  }
}

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

Task read_task(const ModelFile& file, const Call& call) {
  Task task = {file.method(call.method), DimValues(file), {}, {}};
  for (const std::string& text : call.dims) task.dims.set(text);
  read_inputs(file, sources_of(call), &task);
  return task;
}

// NAME.npy; METHOD.NAME.npy where several methods run, METHOD_2 for the second time.
void add_outputs(const ModelFile& file, OutputFolder& folder, std::vector<Task>& tasks) {
  UniqueNames methods, names;
  for (Task& task : tasks) {
    const std::string method = methods.take(file_name(file.method_name(task.method)));
    for (uint32_t i = 0; i < file.model().output_count(task.method); ++i) {
      const std::string name = file.check(file.model().output(task.method, i)).name;
      const std::string stem = (tasks.size() > 1 ? method + "." : "") + file_name(name);
      const std::string unique = names.take(stem) + ".npy";
      task.outputs.push_back({name, folder.path_of(unique), &folder.add(unique)});
    }
  }
}

// The methods that fill a cache.
std::string fillers(const ModelFile& file, uint32_t cache) {
  std::string result;
  for (uint32_t i = 0; i < file.model().method_count(); ++i) {
    if (!filled_caches(file, i).contains(cache)) continue;
    result += (result.empty() ? "" : ", ") + file.method_name(i);
  }
  return result;
}

// A cross-attention without its memory gives numbers that mean nothing.
void warn_of_empty_caches(const ModelFile& file, const Session& session, uint32_t method) {
  const std::set<uint32_t> own = filled_caches(file, method);
  for (const uint32_t cache : read_caches(file, method)) {
    if (own.contains(cache)) continue;
    bool filled = false;
    for (uint32_t i = 0; i < file.tables().sequences(); ++i) {
      filled = filled || session.position(cache, i) > 0;
    }
    const std::string by = fillers(file, cache);
    if (filled || by.empty()) continue;
    const std::string line = fmt::format(
        "warning: '{}' reads the cache '{}', which is empty: run {} before it, with "
        "--method {} ... --method {} ...",
        file.method_name(method), text_of(file.tables().caches()->Get(cache)->name()), by, by,
        file.method_name(method));
    fmt::print(stderr, "fovea: {}\n", printable(line));
  }
}

// Runs one task and says what it gave, a line for each output.
std::string run_task(const ModelFile& file, const BoundSession& session, const Task& task) {
  task.dims.apply(*session);
  set_inputs(file, *session, task);
  warn_of_empty_caches(file, *session, task.method);
  announce_long_run(file, session, task.method);
  file.check(session->method(task.method).run());
  std::string lines;
  for (const Output& output : task.outputs) {
    fovea_tensor tensor = {};
    fovea_error error = {};
    if (fovea_output(session->get(), task.method, output.name.c_str(), &tensor, &error) !=
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
  std::vector<Task> tasks;
  for (const Call& call : arguments.calls) tasks.push_back(read_task(file, call));
  OutputFolder folder(arguments.output_dir);
  add_outputs(file, folder, tasks);

  const BoundSession session(file, arguments.threads, row);
  std::optional<Tracer> tracer;
  if (arguments.trace) tracer.emplace(file, *session);
  std::string lines;
  for (const Task& task : tasks) lines += run_task(file, session, task);
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
