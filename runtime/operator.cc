#include "runtime/operator.h"

namespace fovea {

const fovea_operator* find_operator(const fovea_operators& operators, schema::Attributes kind) {
  // Where all are linked in they stand in the order of their kinds, other formats behind them.
  const uint32_t first = static_cast<uint32_t>(kind) - 1;
  if (first < operators.count && operators.items[first]->kind == kind)
    return operators.items[first];
  for (uint32_t i = 0; i < operators.count; ++i) {
    if (operators.items[i]->kind == kind) return operators.items[i];
  }
  return nullptr;
}

schema::DType format_of(const schema::Model& model, const schema::Operator& op) {
  const auto* list = op.weights();
  const uint32_t weight =
      size_of(list) == 0 ? size_of(model.weights()) : static_cast<uint32_t>(list->Get(0));
  return weight < size_of(model.weights()) ? model.weights()->Get(weight)->dtype()
                                           : schema::DType::Float32;
}

const fovea_operator* find_operator(const fovea_operators& operators, const schema::Model& model,
                                    const schema::Operator& op) {
  const schema::Attributes kind = op.attributes_type();
  const schema::DType format = format_of(model, op);
  const fovea_operator* first = find_operator(operators, kind);
  if (first == nullptr || first->format == format) return first;
  for (uint32_t i = 0; i < operators.count; ++i) {
    const fovea_operator* item = operators.items[i];
    if (item->kind == kind && item->format == format) return item;
  }
  return nullptr;
}

}  // namespace fovea
