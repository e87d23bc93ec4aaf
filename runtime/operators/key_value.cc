#include "runtime/operators/key_value.h"

#include "runtime/features.h"

namespace fovea {

Ring ring_of(const Frame& f, uint32_t cache) {
  const schema::Cache* c = f.model->caches()->Get(cache);
  return {c->ring(), c->capacity()};
}

// What an attention sees of a ring is still there, whatever runs have stored since.
static fovea_code check_ring(const Frame& f, const KeyValueShape& shape, fovea_error* error) {
  const uint32_t cache = f.state(0)->cache();
  const Ring ring = ring_of(f, cache);
  const schema::Attention* attention = f.op->attributes_as_Attention();
  if (ring.count == 0 || attention == nullptr) return FOVEA_OK;
  const schema::Scoring* scoring = attention->scoring();
  const uint32_t before = scoring == nullptr ? UINT32_MAX : scoring->before();
  if (before >= ring.count) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_WINDOW), before, ring.count - 1);
  }
  if (scoring->kept() > ring.first()) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_KEPT), scoring->kept(), ring.first());
  }
  const uint32_t stored = most_stored(*f.model, cache);
  const uint64_t most = stored < shape.rows.most ? shape.rows.most : stored;
  const uint64_t needed = (most + before + 2 * (kernels::kPanel - 1)) / kernels::kPanel;
  if (needed * kernels::kPanel > ring.count) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_RING), ring.count,
                needed * kernels::kPanel);
  }
  return FOVEA_OK;
}

fovea_code check_states(const Frame& f, const KeyValueShape& shape, fovea_error* error) {
  FOVEA_TRY(check_sequence_count(f, shape.rows.count, error));
  static_assert(static_cast<uint32_t>(schema::StateLayout::Keys16) == 0 &&
                static_cast<uint32_t>(schema::StateLayout::Values) == 1);
  const uint32_t widths[2] = {shape.key_width, shape.value_width};
  const schema::DType type = f.state(0)->dtype();  // which the operator was found by
  for (uint32_t i = 0; i < 2; ++i) {
    const schema::State* state = f.state(i);
    const Place place = part_of(FOVEA_FIELD_STATE, i);
    FOVEA_TRY(check_within(f, place, static_cast<uint32_t>(state->layout()), i, i, error));
    FOVEA_TRY(check_within(f, place, static_cast<uint32_t>(state->dtype()),
                           static_cast<uint32_t>(type), static_cast<uint32_t>(type), error));
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, i, state->heads(), shape.heads, error));
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, i, state->width(), widths[i], error));
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, 1, f.state(1)->cache(), f.state(0)->cache(), error));
  return check_ring(f, shape, error);
}

fovea_code check_update(const Frame& f, const KeyValueShape& shape, fovea_error* error) {
  FOVEA_TRY(check_states(f, shape, error));
  // What is stored counts only if the method says so.
  const schema::CacheUpdate* update = f.update_of(f.state(0)->cache());
  if (update == nullptr) return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_STATE), 0, 0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, shape.rows.most, f.dims[update->dim()], error));
  return check_equal(f, FOVEA_FIELD_INPUT, 0, shape.rows.packed, is_packed(*f.method, *update),
                     error);
}

// The extents of a tensor, at the frame's dims, are these after `batch`; 0 allows any, for `batch`
// it means none.
static fovea_code check_extents(const Frame& f, int32_t index, uint32_t batch,
                                std::initializer_list<uint32_t> needed, fovea_field field,
                                uint32_t slot, fovea_error* error) {
  const schema::Tensor* tensor = f.tensor(index);
  uint32_t i = batch == 0 ? 0 : 1;
  FOVEA_TRY(check_equal(f, field, slot, tensor->extents()->size(), needed.size() + i, error));
  FOVEA_TRY(check_equal(f, field, slot, static_cast<uint32_t>(tensor->storage()),
                        static_cast<uint32_t>(schema::Storage::Planned), error));
  if (i > 0) FOVEA_TRY(check_equal(f, field, slot, f.extent(tensor, 0), batch, error));
  for (uint32_t extent : needed) {
    if (extent != 0) {
      FOVEA_TRY(check_equal(f, field, slot, f.extent(tensor, i), extent, error));
    }
    ++i;
  }
  return FOVEA_OK;
}

// Whether a tensor has as many blocks of keys as its rows need, whatever the dims are: a constant
// number that is enough at the maxima is.
static bool has_blocks(const Frame& f, const Sequences& rows, int32_t x, int32_t keys) {
  const schema::Tensor& tensor = *f.tensor(keys);
  const uint32_t axis = tensor.extents()->size() - 3;
  if (tensor.dims() != nullptr && tensor.dims()->Get(axis) >= 0) {
    const fovea_derived_dims* derived = f.features->derived_dims;
    return derived != nullptr && derived->suffices(f, x, keys, axis);
  }
  const uint32_t spare = (kernels::kPanel - 1) * (rows.packed ? rows.count : 1);
  return tensor.extents()->Get(axis) >= (rows.most + spare) / kernels::kPanel;
}

uint32_t tensor_capacity(const Frame& f, int32_t keys) {
  return f.extent(f.tensor(keys), f.tensor(keys)->extents()->size() - 3) * kernels::kPanel;
}

fovea_code check_tensors(const Frame& f, const KeyValueShape& shape, int32_t x, int32_t keys,
                         int32_t values, fovea_field field, uint32_t slot, fovea_error* error) {
  // Batch stands before where the rows have it; one sequence may be a batch of one.
  const bool batched = f.tensor(x)->extents()->size() == 3;
  const bool one = !shape.rows.packed && f.tensor(keys)->extents()->size() == 5;
  const uint32_t batch = batched || one ? shape.rows.count : 0;
  FOVEA_TRY(
      check_extents(f, keys, batch, {shape.heads, 0, shape.key_width, 16}, field, slot, error));
  const uint32_t capacity = tensor_capacity(f, keys);
  if (!has_blocks(f, shape.rows, x, keys)) {
    return fail(error, FOVEA_BAD_SHAPE, f.where(field, slot), capacity, shape.rows.rows);
  }
  return check_extents(f, values, batch, {shape.heads, capacity, shape.value_width}, field,
                       slot + 1, error);
}

}  // namespace fovea
