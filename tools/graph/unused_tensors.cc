#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tools/graph/fuse.h"
#include "tools/graph/uses.h"

namespace fovea::tools {
namespace {

using schema::MethodT;

bool is_used(const MethodT& method, int32_t tensor) {
  if (is_input(method, tensor) || count_uses(method, tensor) > 0) return true;
  return std::any_of(method.operators.begin(), method.operators.end(), [tensor](const auto& op) {
    return std::count(op->outputs.begin(), op->outputs.end(), tensor) > 0;
  });
}

}  // namespace

void remove_unused_tensors(MethodT& method) {
  std::vector<int32_t> renumbered(method.tensors.size(), -1);
  std::vector<std::unique_ptr<schema::TensorT>> kept;
  for (size_t i = 0; i < method.tensors.size(); ++i) {
    if (is_used(method, static_cast<int32_t>(i))) {
      renumbered[i] = static_cast<int32_t>(kept.size());
      kept.push_back(std::make_unique<schema::TensorT>(*method.tensors[i]));
    }
  }
  method.tensors = std::move(kept);
  const auto renumber = [&](auto& index) {
    if (static_cast<int32_t>(index) >= 0) index = renumbered[static_cast<size_t>(index)];
  };
  for (auto& op : method.operators) {
    std::for_each(op->inputs.begin(), op->inputs.end(), renumber);
    std::for_each(op->outputs.begin(), op->outputs.end(), renumber);
  }
  std::for_each(method.inputs.begin(), method.inputs.end(), renumber);
  std::for_each(method.outputs.begin(), method.outputs.end(), renumber);
  for (auto& tensor : method.tensors) renumber(tensor->base);
  renumber(method.lengths);
}

}  // namespace fovea::tools
