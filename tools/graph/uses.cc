#include "tools/graph/uses.h"

#include <algorithm>
#include <vector>

namespace fovea::tools {
namespace {

template <typename T>
size_t count(const std::vector<T>& list, int32_t value) {
  return static_cast<size_t>(std::count(list.begin(), list.end(), static_cast<T>(value)));
}

}  // namespace

size_t count_uses(const schema::MethodT& method, int32_t tensor) {
  size_t uses = count(method.outputs, tensor);
  for (const auto& op : method.operators) uses += count(op->inputs, tensor);
  for (const auto& t : method.tensors) {
    uses += t->storage == schema::Storage::View && t->base == tensor;
  }
  return uses + (method.lengths == tensor);
}

int32_t producer(const schema::MethodT& method, int32_t tensor) {
  int32_t found = -1;
  for (size_t i = 0; i < method.operators.size(); ++i) {
    if (count(method.operators[i]->outputs, tensor) == 0) continue;
    if (found >= 0) return -1;
    found = static_cast<int32_t>(i);
  }
  return found;
}

bool used_after(const schema::MethodT& method, int32_t tensor, size_t index) {
  if (is_output(method, tensor)) return true;
  for (size_t i = index + 1; i < method.operators.size(); ++i) {
    const schema::OperatorT& op = *method.operators[i];
    if (count(op.inputs, tensor) + count(op.outputs, tensor) > 0) return true;
  }
  return false;
}

bool is_input(const schema::MethodT& method, int32_t tensor) {
  return count(method.inputs, tensor) > 0;
}

bool is_output(const schema::MethodT& method, int32_t tensor) {
  return count(method.outputs, tensor) > 0;
}

bool has_views(const schema::MethodT& method, int32_t tensor) {
  return std::any_of(method.tensors.begin(), method.tensors.end(), [tensor](const auto& t) {
    return t->storage == schema::Storage::View && t->base == tensor;
  });
}

int32_t input_at(const schema::OperatorT& op, size_t slot) {
  return slot < op.inputs.size() ? op.inputs[slot] : -1;
}

int32_t weight_at(const schema::OperatorT& op, size_t slot) {
  return slot < op.weights.size() ? op.weights[slot] : -1;
}

bool is_cross(const schema::ModelT& model, const schema::MethodT& method,
              const schema::OperatorT& op) {
  if (op.states.empty()) {
    const schema::AttentionT* attention = op.attributes.AsAttention();
    return attention != nullptr && attention->key_tokens > 0;
  }
  const uint32_t cache = model.states[op.states[0]]->cache;
  return std::none_of(method.updates.begin(), method.updates.end(),
                      [&](const auto& update) { return update->cache == cache; });
}

bool is_plain_linear(const schema::OperatorT& op) {
  const schema::LinearT* linear = op.attributes.AsLinear();
  return linear != nullptr && linear->function == schema::Function::None && input_at(op, 1) < 0;
}

}  // namespace fovea::tools
