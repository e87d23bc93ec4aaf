#include "tools/commands/compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "tools/commands/run_task.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/session/caches.h"
#include "tools/session/dropout.h"
#include "tools/session/watch.h"

namespace fovea::tools {
namespace {

// An operator is what a part means, and not the one before it, if it is so many times nearer.
constexpr double kNearer = 10;

std::string kind_of(const schema::Operator& op) {
  return schema::EnumNameAttributes(op.attributes_type());
}

// A model that runs what the reference has inputs for.
class Runner {
 public:
  Runner(const Reference& reference, const ModelFile& file)
      : reference_(reference), file_(file), session_(file, 1, chosen_row()) {}

  // The methods that have all of their inputs there, and what these are called.
  std::vector<uint32_t> methods(std::set<std::string>* used) const {
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

  // From caches of which those that the method fills are empty.
  void run(uint32_t method) const {
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

  // An output of the last run.
  Seen output(uint32_t method, const char* name) const {
    const Tensor<float> tensor = file_.check(session_->method(method).output<float>(name));
    Seen seen;
    for (uint32_t i = 0; i < tensor.rank(); ++i) seen.shape.push_back(tensor.extent(i));
    seen.values.assign(tensor.begin(), tensor.end());
    return seen;
  }

  const ModelFile& file() const { return file_; }
  const Session& session() const { return *session_; }

 private:
  std::vector<std::string> inputs(uint32_t method) const {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < file_.model().input_count(method); ++i) {
      const fovea_tensor tensor = file_.check(file_.model().input(method, i));
      if (!is_dropout(tensor)) names.emplace_back(tensor.name);
    }
    return names;
  }
  std::optional<std::vector<std::string>> input_keys(uint32_t method) const {
    std::vector<std::string> keys;
    for (const std::string& name : inputs(method)) {
      keys.push_back(reference_.key(file_.method_name(method), name));
      if (keys.back().empty()) return std::nullopt;
    }
    return keys;
  }

  const Reference& reference_;
  const ModelFile& file_;
  BoundSession session_;
};

Compared compared(const std::string& key, const std::string& place, const Seen& seen,
                  const Numbers& numbers) {
  const Difference d = difference(seen.values, numbers.values);
  return {key, place, d, index_text(d.at, numbers.shape)};
}

// Outputs of one method that has run. Which arrays had another shape than theirs is noted.
void compare_outputs(const Reference& reference, const Runner& runner, uint32_t method,
                     std::set<std::string>* used, std::set<std::string>* misshapen,
                     Comparison* comparison) {
  const std::string name = runner.file().method_name(method);
  for (uint32_t i = 0; i < runner.file().model().output_count(method); ++i) {
    const fovea_tensor tensor = runner.file().check(runner.file().model().output(method, i));
    const std::string key = reference.key(name, tensor.name);
    if (key.empty() || tensor.type != FOVEA_FLOAT32) continue;
    const Numbers numbers = reference.numbers(key);
    const Seen seen = runner.output(method, tensor.name);
    if (!same_shape(seen.shape, numbers.shape)) {
      misshapen->insert(fmt::format("{}: has the shape {}, output '{}' of '{}' has {}", key,
                                    shape_text(numbers.shape), tensor.name, name,
                                    shape_text(seen.shape)));
      if (key != tensor.name) fail("{}:{}", reference.path(), *misshapen->rbegin());
      continue;
    }
    used->insert(key);
    comparison->outputs.push_back(compared(key, "output of " + name, seen, numbers));
  }
}

// Whether a weight belongs to a part. Checkpoints of whole models have a name before those of the
// base class.
bool is_of(const std::string& weight, const std::string& part) {
  const std::string inner = weight.substr(std::min(weight.find('.'), weight.size() - 1) + 1);
  return weight.starts_with(part + ".") || inner.starts_with(part + ".");
}

// The last operator of a method with a weight of this part, and those without weights behind it.
std::vector<uint32_t> operators_of(const ModelFile& file, uint32_t method,
                                   const std::string& part) {
  const auto* list = file.tables().methods()->Get(method)->operators();
  std::optional<uint32_t> last;
  for (uint32_t i = 0; i < size_of(list); ++i) {
    const auto* weights = list->Get(i)->weights();
    for (uint32_t w = 0; w < size_of(weights); ++w) {
      if (weights->Get(w) < 0) continue;
      const auto index = static_cast<uint32_t>(weights->Get(w));
      const std::string name = text_of(file.tables().weights()->Get(index)->name());
      if (!name.empty() && is_of(name, part)) last = i;
    }
  }
  std::vector<uint32_t> found;
  for (uint32_t i = last.value_or(size_of(list)); i < size_of(list); ++i) {
    if (!found.empty() && size_of(list->Get(i)->weights()) != 0) break;
    found.push_back(i);
  }
  return found;
}

// A part, without the name of a method that it may begin with.
std::string part_of(const std::string& key, const std::string& method) {
  return key.starts_with(method + ".") ? key.substr(method.size() + 1) : key;
}

class Parts {
 public:
  Parts(const Reference& reference, const ModelFile& file) : reference_(reference), file_(file) {}

  // All of these arrays, each in the first method that has the part.
  std::vector<Compared> compare(const std::set<std::string>& keys) {
    Runner runner(reference_, file_);
    std::set<std::string> ignored, left = keys;
    for (const uint32_t method : runner.methods(&ignored)) {
      std::vector<uint32_t> wanted;
      for (const std::string& key : left) {
        const auto found = operators_of(file_, method, part_of(key, file_.method_name(method)));
        wanted.insert(wanted.end(), found.begin(), found.end());
      }
      const Watch watch(runner.session(), method, wanted);
      runner.run(method);
      look(method, watch, &left);
    }
    if (!left.empty()) {
      fail(
          "{}: has {}, which is no input, output or part of the model; parts are called as their "
          "weights, see `fovea inspect --operators METHOD`",
          reference_.path(), printable(*left.begin()));
    }
    // Of parts that end with one operator the innermost is first.
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      return a.second.name.size() > b.second.name.size();
    });
    std::vector<Compared> all;
    for (const auto& [order, one] : found_) all.push_back(one);
    return all;
  }

 private:
  void look(uint32_t method, const Watch& watch, std::set<std::string>* left) {
    const std::string name = file_.method_name(method);
    for (const std::string& key : std::set<std::string>(*left)) {
      const auto operators = operators_of(file_, method, part_of(key, name));
      if (operators.empty()) continue;
      left->erase(key);
      nearest(key, method, operators, watch);
    }
  }

  // Of what may be meant the first, unless another one is much nearer.
  void nearest(const std::string& key, uint32_t method, const std::vector<uint32_t>& operators,
               const Watch& watch) {
    const auto& first = *file_.tables().methods()->Get(method)->operators()->Get(operators[0]);
    if (first.attributes_type() == schema::Attributes::AddPositions) {
      found_.push_back(
          {{method, operators[0]}, {key, "AddPositions: only the sum is there", {}, ""}});
      return;
    }
    const Numbers numbers = reference_.numbers(key);
    std::optional<std::pair<std::pair<uint32_t, uint32_t>, Compared>> best;
    std::string shapes;
    for (const uint32_t i : operators) {
      const auto seen = watch.seen().find(i);
      if (seen == watch.seen().end()) continue;
      shapes = shape_text(seen->second.shape);
      if (!same_shape(seen->second.shape, numbers.shape)) continue;
      const auto& op = *file_.tables().methods()->Get(method)->operators()->Get(i);
      const Compared one = compared(key, kind_of(op), seen->second, numbers);
      if (!best || one.difference.error * kNearer < best->second.difference.error)
        best = {{method, i}, one};
    }
    if (!best) {
      fail("{}:{}: has the shape {}, the operator gives {}", reference_.path(), printable(key),
           shape_text(numbers.shape), shapes);
    }
    found_.push_back(*best);
  }

  const Reference& reference_;
  const ModelFile& file_;
  std::vector<std::pair<std::pair<uint32_t, uint32_t>, Compared>> found_;
};

void add_rows(const std::vector<Compared>& list, Table* table) {
  for (const Compared& one : list) {
    if (one.at.empty()) {
      table->row({printable(one.name), one.place});
      continue;
    }
    table->row({printable(one.name), printable(one.place),
                fmt::format("{:.2e}", one.difference.error),
                fmt::format("{:.2e}", one.difference.share), one.at});
  }
}

}  // namespace

Comparison compare(const Reference& reference, const ModelFile& file, const WithPlainModel& plain) {
  const Runner runner(reference, file);
  std::set<std::string> used, misshapen;
  Comparison comparison;
  for (const uint32_t method : runner.methods(&used)) {
    runner.run(method);
    compare_outputs(reference, runner, method, &used, &misshapen, &comparison);
  }
  if (comparison.outputs.empty() && !misshapen.empty()) {
    fail("{}:{}", reference.path(), *misshapen.begin());
  }
  std::set<std::string> left;
  for (const std::string& key : reference.keys()) {
    if (!used.contains(key)) left.insert(key);
  }
  if (!left.empty()) {
    plain([&](const std::string& path) {
      const ModelFile unfused(path);
      comparison.parts = Parts(reference, unfused).compare(left);
    });
  }
  if (comparison.outputs.empty() && comparison.parts.empty()) {
    fail("{}: has inputs, but nothing to compare", reference.path());
  }
  return comparison;
}

std::string comparison_text(const Comparison& comparison) {
  Table table("llrrl");
  table.row({"array", "of", "largest error", "share", "at"});
  add_rows(comparison.parts, &table);
  add_rows(comparison.outputs, &table);
  return table.text();
}

void expect_near(const Reference& reference, const Comparison& comparison, double tolerance) {
  const auto off = [&](const Compared& one) { return !(one.difference.share <= tolerance); };
  const auto output = std::find_if(comparison.outputs.begin(), comparison.outputs.end(), off);
  const auto part = std::find_if(comparison.parts.begin(), comparison.parts.end(), off);
  const bool parts = part != comparison.parts.end();
  if (output == comparison.outputs.end() && !parts) return;
  const Compared& one = output == comparison.outputs.end() ? *part : *output;
  fail(
      "{}: the model was written, but {} is off by {:.2e} at {}, a share of {:.2e} of its largest "
      "number, more than {:g} (--tolerance){}",
      reference.path(), printable(one.name), one.difference.error, one.at, one.difference.share,
      tolerance,
      parts ? fmt::format("; the first part that differs is {}, {}", printable(part->name),
                          printable(part->place))
            : "");
}

}  // namespace fovea::tools
