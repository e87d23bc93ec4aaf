#include "tools/graph/expose.h"

#include <memory>
#include <string>
#include <utility>

namespace fovea::tools {
namespace {

bool updates(const schema::MethodT& method, uint32_t cache) {
  for (const auto& update : method.updates) {
    if (update->cache == cache) return true;
  }
  return false;
}

bool is_cross(const schema::ModelT& model, const schema::MethodT& method,
              const schema::OperatorT& op) {
  return !op.states.empty() && !updates(method, model.states[op.states[0]]->cache);
}

Extent key_room(const schema::ModelT& model, const schema::MethodT& method,
                const schema::OperatorT& op) {
  if (!op.states.empty()) return {model.caches[model.states[op.states[0]]->cache]->context};
  const schema::TensorT& values = *method.tensors[op.inputs[2]];
  const size_t slots = values.extents.size() - 2;
  return {values.extents[slots], values.dims[slots]};
}

// [tokens, width] becomes [heads, tokens, keys], [batch, tokens, width] [batch, heads, tokens,
// keys].
std::unique_ptr<schema::TensorT> weights_tensor(const schema::TensorT& query, uint32_t heads,
                                                const Extent& keys, std::string name) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = std::move(name);
  tensor->extents = query.extents;
  tensor->dims = query.dims;
  tensor->dims.resize(tensor->extents.size(), -1);
  tensor->extents.back() = keys.count;
  tensor->dims.back() = keys.dim;
  tensor->extents.insert(tensor->extents.end() - 2, heads);
  tensor->dims.insert(tensor->dims.end() - 2, -1);
  return tensor;
}

void expose_method(const schema::ModelT& model, schema::MethodT& method) {
  int cross = 0, own = 0;
  for (auto& op : method.operators) {
    const schema::AttentionT* attention = op->attributes.AsAttention();
    if (attention == nullptr) continue;
    const std::string name = is_cross(model, method, *op)
                                 ? "cross_attention." + std::to_string(cross++)
                                 : "attention." + std::to_string(own++);
    const auto index = static_cast<int32_t>(method.tensors.size());
    method.tensors.push_back(weights_tensor(*method.tensors[op->inputs[0]], attention->heads,
                                            key_room(model, method, *op), name));
    op->outputs.push_back(index);
    method.outputs.push_back(static_cast<uint32_t>(index));
  }
}

}  // namespace

void expose_attention(schema::ModelT& model) {
  for (auto& method : model.methods) expose_method(model, *method);
}

void resize_attention_weights(const schema::ModelT& model, schema::MethodT& method) {
  for (auto& op : method.operators) {
    if (op->attributes.AsAttention() == nullptr || op->outputs.size() < 2) continue;
    method.tensors[op->outputs[1]]->extents.back() = key_room(model, method, *op).count;
  }
}

}  // namespace fovea::tools
