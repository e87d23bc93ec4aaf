#include <algorithm>

#include "runtime/checked.h"
#include "runtime/layout.h"
#include "tests/runtime/random_models/maker.h"

namespace fovea::test {
namespace {

// The tensor whose memory an operand has, or null where the index names none.
schema::TensorT* owner_of(schema::MethodT& method, int32_t index) {
  if (index < 0 || static_cast<size_t>(index) >= method.tensors.size()) return nullptr;
  schema::TensorT* tensor = method.tensors[static_cast<size_t>(index)].get();
  if (tensor->storage == schema::Storage::Planned) return tensor;
  const size_t base = static_cast<size_t>(tensor->base);
  return base < method.tensors.size() ? method.tensors[base].get() : nullptr;
}

void find_lifetimes(schema::MethodT& method) {
  const uint32_t end = static_cast<uint32_t>(method.operators.size()) - 1;
  for (auto& t : method.tensors) {
    t->first = end;
    t->last = 0;
  }
  for (uint32_t i = 0; i <= end; ++i) {
    for (const auto* list : {&method.operators[i]->inputs, &method.operators[i]->outputs}) {
      for (int32_t index : *list) {
        schema::TensorT* t = owner_of(method, index);
        if (t == nullptr) continue;
        t->first = std::min(t->first, i);
        t->last = std::max(t->last, i);
      }
    }
  }
  for (auto& t : method.tensors) {
    if (t->storage == schema::Storage::View || t->first > t->last) {
      t->first = 0;
      t->last = end;
    }
  }
  for (const auto* list : {&method.inputs, &method.outputs}) {
    for (uint32_t index : *list) {
      if (index >= method.tensors.size()) continue;
      if (list == &method.inputs) method.tensors[index]->first = 0;
      method.tensors[index]->last = end;
    }
  }
}

// Mutants may ask for any number: sums of what is returned do not overflow.
uint64_t bytes_of(const schema::ModelT& m, const schema::TensorT& t) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  Checked bytes = tensor_element_bytes(t.dtype);
  for (size_t i = 0; i < t.extents.size(); ++i) {
    const size_t dim = i < t.dims.size() ? static_cast<size_t>(t.dims[i]) : m.dims.size();
    bytes = bytes * t.extents[i] * (dim < m.dims.size() ? m.dims[dim]->max : 1);
  }
  return bytes.within(kMost) ? round_up(bytes.value(), 64) : kMost;
}

// The lowest place that is free while a tensor lives, in the order of the tensors.
void place(const schema::ModelT& m, schema::MethodT& method, size_t index) {
  schema::TensorT& t = *method.tensors[index];
  t.offset = 0;
  const uint64_t bytes = bytes_of(m, t);
  for (bool moved = true; moved;) {
    moved = false;
    for (size_t i = 0; i < index; ++i) {
      const schema::TensorT& o = *method.tensors[i];
      const bool together = o.first <= t.last && t.first <= o.last;
      if (o.storage == schema::Storage::View || !together) continue;
      if (t.offset < o.offset + bytes_of(m, o) && o.offset < t.offset + bytes) {
        t.offset = o.offset + bytes_of(m, o);
        moved = true;
      }
    }
  }
}

}  // namespace

void plan_model(schema::ModelT& model) {
  for (auto& method : model.methods) {
    if (method->operators.empty()) continue;
    find_lifetimes(*method);
    for (size_t i = 0; i < method->tensors.size(); ++i) {
      if (method->tensors[i]->storage == schema::Storage::Planned) place(model, *method, i);
    }
  }
  uint64_t offset = 0;
  for (auto& state : model.states) {
    state->offset = offset;
    if (state->cache >= model.caches.size()) continue;
    const uint32_t capacity = model.caches[state->cache]->capacity;
    offset +=
        state_bytes(model.sequences, capacity, state->dtype, state->heads, state->width).value();
  }
}

}  // namespace fovea::test
