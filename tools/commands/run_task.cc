#include "tools/commands/run_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/session/caches.h"
#include "tools/session/pace.h"
#include "tools/session/shape.h"
#include "tools/session/tensor_input.h"

namespace fovea::tools {
namespace {

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
    const fovea_tensor tensor = file.check(file.model().input(task->method, i));
    if (is_dropout(tensor) && !sources.contains(tensor.name)) continue;
    task->inputs.push_back({tensor, {}});
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

Task read_task(const ModelFile& file, const Call& call) {
  Task task = {file.method(call.method), DimValues(file), {}};
  for (const std::string& text : call.dims) task.dims.set(text);
  read_inputs(file, sources_of(call), &task);
  return task;
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

}  // namespace

std::vector<Task> read_tasks(const ModelFile& file, const std::vector<Call>& calls) {
  std::vector<Task> tasks;
  for (const Call& call : calls) tasks.push_back(read_task(file, call));
  return tasks;
}

void run_task(const ModelFile& file, const BoundSession& session, const Task& task,
              const Pass& pass) {
  task.dims.apply(*session);
  set_pass(file, *session, task.method, pass);
  set_inputs(file, *session, task);
  if (pass.number <= 0) {  // of many passes the first says it
    warn_of_empty_caches(file, *session, task.method);
    announce_long_run(file, session, task.method);
  }
  file.check(session->method(task.method).run());
}

}  // namespace fovea::tools
