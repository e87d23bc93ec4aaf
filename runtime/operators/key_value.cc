#include "runtime/operators/key_value.h"

namespace fovea {

fovea_code check_states(const Frame& f, const KeyValueShape& shape, fovea_error* error) {
  FOVEA_TRY(check_attribute(f, shape.batch, 1, f.model->sequences(), error));
  const schema::StateLayout layouts[2] = {schema::StateLayout::Keys16, schema::StateLayout::Values};
  const uint32_t widths[2] = {shape.key_width, shape.value_width};
  for (uint32_t i = 0; i < 2; ++i) {
    const schema::State* state = f.state(i);
    if (state->layout() != layouts[i]) {
      return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_STATE, i),
                  static_cast<uint32_t>(state->layout()), static_cast<uint32_t>(layouts[i]));
    }
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, i, state->heads(), shape.heads, error));
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, i, state->width(), widths[i], error));
  }
  return check_equal(f, FOVEA_FIELD_STATE, 1, f.state(1)->cache(), f.state(0)->cache(), error);
}

// The extents of a tensor, at the frame's dims, are these; 0 allows any.
static fovea_code check_extents(const Frame& f, int32_t index,
                                std::initializer_list<uint32_t> needed, fovea_field field,
                                uint32_t slot, fovea_error* error) {
  const schema::Tensor* tensor = f.tensor(index);
  FOVEA_TRY(check_equal(f, field, slot, tensor->extents()->size(), needed.size(), error));
  FOVEA_TRY(check_equal(f, field, slot, static_cast<uint32_t>(tensor->storage()),
                        static_cast<uint32_t>(schema::Storage::Planned), error));
  uint32_t i = 0;
  for (uint32_t extent : needed) {
    if (extent != 0) {
      FOVEA_TRY(check_equal(f, field, slot, f.extent(tensor, i), extent, error));
    }
    ++i;
  }
  return FOVEA_OK;
}

uint32_t tensor_capacity(const Frame& f, int32_t keys) {
  return f.extent(f.tensor(keys), 2) * kernels::kPanel;
}

fovea_code check_tensors(const Frame& f, const KeyValueShape& shape, int32_t keys, int32_t values,
                         fovea_field field, uint32_t slot, fovea_error* error) {
  FOVEA_TRY(check_extents(f, keys, {shape.batch, shape.heads, 0, shape.key_width, 16}, field, slot,
                          error));
  const uint32_t capacity = tensor_capacity(f, keys);
  FOVEA_TRY(check_attribute(f, capacity, shape.tokens, kMaxExtent, error));
  return check_extents(f, values, {shape.batch, shape.heads, capacity, shape.value_width}, field,
                       slot + 1, error);
}

}  // namespace fovea
