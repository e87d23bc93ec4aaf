#include "tools/graph/positions.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr size_t kPositionsInput = 7;  // of Attention

using Operator = std::unique_ptr<schema::OperatorT>;

// Writes a method's operators anew, with what kept queries need among them.
class Placer {
 public:
  explicit Placer(schema::MethodT& method) : method_(method) {}

  // Whether there is any.
  bool place() {
    std::map<size_t, std::pair<int32_t, uint32_t>> rotaries;  // of kept queries, and their most
    for (size_t i = 0; i < method_.operators.size(); ++i) {
      schema::OperatorT& op = *method_.operators[i];
      schema::AttentionT* attention = op.attributes.AsAttention();
      if (attention == nullptr || !attention->scoring || attention->scoring->kept == 0) continue;
      const size_t rotary = maker_of(op.inputs[0], i);
      const int32_t query = copy_of(op.inputs[0]);
      const schema::ScoringT& s = *attention->scoring;
      rotaries[rotary] = {query, s.before + s.kept};
      op.inputs.resize(kPositionsInput, -1);
      op.inputs.push_back(query);
    }
    std::vector<Operator> operators = std::move(method_.operators);
    method_.operators.clear();
    for (size_t i = 0; i < operators.size(); ++i) {
      const auto found = rotaries.find(i);
      if (found != rotaries.end()) {
        add_rotary(*operators[i], found->second.first, found->second.second);
      }
      if (operators[i]->attributes.AsRotaryTable() != nullptr) {
        tables_[operators[i]->outputs[0]] = operators[i].get();
      }
      method_.operators.push_back(std::move(operators[i]));
    }
    return !rotaries.empty();
  }

 private:
  // The rotary embedding that wrote a tensor last, before an operator.
  size_t maker_of(int32_t tensor, size_t end) const {
    for (size_t i = end; i-- > 0;) {
      const schema::OperatorT& op = *method_.operators[i];
      if (op.outputs.empty() || op.outputs[0] != tensor) continue;
      if (op.attributes.AsRotary() != nullptr) return i;
      break;
    }
    throw UsageError(fmt::format(
        "--positions-in-cache: queries of '{}' are not rotated by their positions", method_.name));
  }

  int32_t copy_of(int32_t tensor) {
    auto copy = std::make_unique<schema::TensorT>();
    copy->extents = method_.tensors[static_cast<size_t>(tensor)]->extents;
    copy->dims = method_.tensors[static_cast<size_t>(tensor)]->dims;
    method_.tensors.push_back(std::move(copy));
    return static_cast<int32_t>(method_.tensors.size()) - 1;
  }

  template <class T>
  void add(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
           std::vector<int32_t> weights = {}) {
    auto op = std::make_unique<schema::OperatorT>();
    op->attributes.Set(std::move(attributes));
    op->inputs = std::move(inputs);
    op->outputs = std::move(outputs);
    op->weights = std::move(weights);
    method_.operators.push_back(std::move(op));
  }

  void add_rotary(const schema::OperatorT& rotary, int32_t query, uint32_t most) {
    add(schema::ActivationT(), {rotary.inputs[0]}, {query});
    add(*rotary.attributes.AsRotary(), {query, table_of(rotary.inputs[1], most)}, {query});
  }

  // The same table, of positions up to `most`.
  int32_t table_of(int32_t table, uint32_t most) {
    const auto made = limited_.find({table, most});
    if (made != limited_.end()) return made->second;
    const auto of = tables_.find(table);
    if (of == tables_.end()) {
      throw UsageError(
          fmt::format("--positions-in-cache: queries of '{}' are rotated by something else than "
                      "their positions",
                      method_.name));
    }
    schema::RotaryTableT attributes = *of->second->attributes.AsRotaryTable();
    attributes.most = most;
    const int32_t y = copy_of(table);
    add(std::move(attributes), {}, {y}, of->second->weights);
    return limited_[{table, most}] = y;
  }

  schema::MethodT& method_;
  std::map<int32_t, const schema::OperatorT*> tables_;  // by what they make
  std::map<std::pair<int32_t, uint32_t>, int32_t> limited_;
};

}  // namespace

void place_in_cache(schema::ModelT& model) {
  bool any = false;
  for (auto& method : model.methods) any = Placer(*method).place() || any;
  if (any) return;
  throw UsageError(
      "--positions-in-cache: no attention keeps first keys; give --max window=N and --max kept=N, "
      "too");
}

}  // namespace fovea::tools
