#include "tools/commands/reference_run.h"

#include <fmt/ranges.h>

#include "tools/commands/run_task.h"
#include "tools/common/error.h"
#include "tools/session/caches.h"
#include "tools/session/dropout.h"

namespace fovea::tools {

std::vector<uint32_t> ReferenceRun::methods(std::set<std::string>* used) const {
  std::vector<uint32_t> found;
  for (uint32_t m = 0; m < file_.model().method_count(); ++m) {
    const auto keys = input_keys(m);
    if (!keys) continue;
    found.push_back(m);
    used->insert(keys->begin(), keys->end());
  }
  if (!found.empty()) return found;
  std::string needed;
  for (uint32_t m = 0; m < file_.model().method_count(); ++m) {
    needed += fmt::format("{}'{}' needs {}", m == 0 ? "" : ", ", file_.method_name(m),
                          fmt::join(inputs(m), " and "));
  }
  fail("{}: has not the inputs of any method: {}; it has: {}", reference_.path(), needed,
       fmt::join(reference_.keys(), ", "));
}

void ReferenceRun::run(uint32_t method) const {
  for (const uint32_t cache : filled_caches(file_, method)) {
    for (uint32_t i = 0; i < file_.tables().sequences(); ++i) {
      file_.check(session_->truncate(cache, i, 0));
    }
  }
  Task task = {method, DimValues(file_), {}};
  for (uint32_t i = 0; i < file_.model().input_count(method); ++i) {
    const fovea_tensor tensor = file_.check(file_.model().input(method, i));
    if (is_dropout(tensor)) continue;
    const std::string key = reference_.key(file_.method_name(method), tensor.name);
    task.inputs.push_back({tensor, reference_.input(key, tensor)});
    task.dims.infer(tensor, task.inputs.back().npy, reference_.path() + ":" + key);
  }
  run_task(file_, session_, task);
}

Seen ReferenceRun::output(uint32_t method, const char* name) const {
  const Tensor<float> tensor = file_.check(session_->method(method).output<float>(name));
  Seen seen;
  for (uint32_t i = 0; i < tensor.rank(); ++i) seen.shape.push_back(tensor.extent(i));
  seen.values.assign(tensor.begin(), tensor.end());
  return seen;
}

std::vector<std::string> ReferenceRun::inputs(uint32_t method) const {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < file_.model().input_count(method); ++i) {
    const fovea_tensor tensor = file_.check(file_.model().input(method, i));
    if (!is_dropout(tensor)) names.emplace_back(tensor.name);
  }
  return names;
}

std::optional<std::vector<std::string>> ReferenceRun::input_keys(uint32_t method) const {
  std::vector<std::string> keys;
  for (const std::string& name : inputs(method)) {
    keys.push_back(reference_.key(file_.method_name(method), name));
    if (keys.back().empty()) return std::nullopt;
  }
  return keys;
}

}  // namespace fovea::tools
