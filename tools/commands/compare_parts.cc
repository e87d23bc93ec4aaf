#include "tools/commands/compare_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tools/commands/reference_run.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/session/watch.h"

namespace fovea::tools {
namespace {

// An operator is what a part means, and not the one before it, if it is so many times nearer.
constexpr double kNearer = 10;

std::string kind_of(const schema::Operator& op) {
  return schema::EnumNameAttributes(op.attributes_type());
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
    ReferenceRun runner(reference_, file_);
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

}  // namespace

Compared compared(const std::string& key, const std::string& place, const Seen& seen,
                  const Numbers& numbers) {
  const Difference d = difference(seen.values, numbers.values);
  return {key, place, d, index_text(d.at, numbers.shape)};
}

std::vector<Compared> compare_parts(const Reference& reference, const ModelFile& file,
                                    const std::set<std::string>& keys) {
  return Parts(reference, file).compare(keys);
}

}  // namespace fovea::tools
