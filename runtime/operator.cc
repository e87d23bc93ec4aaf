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

// Of states and of weights alike.
schema::DType format_of(const schema::Model& model, const schema::Operator& op) {
  static_assert(static_cast<uint32_t>(schema::State::VT_DTYPE) ==
                static_cast<uint32_t>(schema::Weight::VT_DTYPE));
  using Tables = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::Table>>;
  const bool stored = size_of(op.states()) != 0;
  const auto* list = stored ? op.states() : op.weights();
  const auto* tables = stored ? reinterpret_cast<const Tables*>(model.states())
                              : reinterpret_cast<const Tables*>(model.weights());
  const uint32_t index = size_of(list) == 0 ? UINT32_MAX : static_cast<uint32_t>(list->Get(0));
  if (index >= size_of(tables)) return schema::DType::Float32;
  return static_cast<schema::DType>(
      tables->Get(index)->GetField<uint8_t>(schema::State::VT_DTYPE, 0));
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
