#include "runtime/frame.h"

#include "runtime/layout.h"

namespace fovea {

const schema::Weight* Frame::weight(uint32_t slot) const {
  const int32_t index = at(op->weights(), slot);
  return index < 0 ? nullptr : model->weights()->Get(static_cast<uint32_t>(index));
}

const schema::State* Frame::state(uint32_t slot) const {
  const int32_t index = at(op->states(), slot);
  return index < 0 ? nullptr : model->states()->Get(static_cast<uint32_t>(index));
}

Rows Frame::rows(int32_t tensor_index) const {
  const schema::Tensor* t = tensor(tensor_index);
  const auto* extents = t->extents();
  const auto* indices = t->dims();
  const uint32_t rank = extents->size();
  uint32_t value[FOVEA_MAX_RANK];
  Rows result;
  result.rows = 1;
  for (uint32_t i = 0; i < rank; ++i) {
    value[i] = scaled(extents->Get(i), indices == nullptr ? -1 : indices->Get(i));
    if (i + 1 < rank) result.rows *= value[i];
  }
  result.width = value[rank - 1];
  result.batch = rank >= 3 ? value[0] : 1;
  result.tokens = rank >= 2 ? value[rank - 2] : 1;
  result.stride = result.width;
  uint64_t offset = t->offset();
  if (t->storage() == schema::Storage::View) {
    const schema::Tensor* base = tensor(t->base());
    result.stride = extent(base, rank - 1);
    offset = base->offset() + uint64_t{t->column()} * kElementBytes;
  }
  if (memory.planned != nullptr) result.data = memory.planned + offset;
  return result;
}

const void* Frame::packed(uint32_t slot) const {
  const schema::Weight* w = weight(slot);
  return w == nullptr ? nullptr : memory.weights + w->offset();
}

const schema::CacheUpdate* update_of(const schema::Method& method, uint32_t cache) {
  for (uint32_t i = 0; i < size_of(method.updates()); ++i) {
    const schema::CacheUpdate* update = method.updates()->Get(i);
    if (update->cache() == cache) return update;
  }
  return nullptr;
}

uint32_t most_stored(const schema::Model& model, uint32_t cache) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    const schema::CacheUpdate* update = update_of(*model.methods()->Get(i), cache);
    if (update == nullptr || update->dim() >= size_of(model.dims())) continue;  // refused later
    const uint32_t max = model.dims()->Get(update->dim())->max();
    if (max > most) most = max;
  }
  return most;
}

const int32_t* Frame::held(uint32_t cache) const {
  const schema::CacheUpdate* update = update_of(cache);
  if (update != nullptr && update->mode() == schema::UpdateMode::Replace) return nullptr;
  return memory.lengths + uint64_t{cache} * model->sequences();
}

}  // namespace fovea
