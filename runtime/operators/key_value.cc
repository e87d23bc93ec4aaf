#include "runtime/operators/key_value.h"

namespace fovea {

fovea_code check_states(const Frame& f, const KeyValueShape& shape, fovea_error* error) {
  FOVEA_TRY(check_attribute(f, shape.rows.count, 1, f.model->sequences(), error));
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

// A number of rows or sequences: a constant, or a multiple of a dim.
struct Multiple {
  uint64_t factor;
  int32_t dim;
  uint64_t most(const schema::Model& model) const {
    return dim < 0 ? factor : factor * model.dims()->Get(static_cast<uint32_t>(dim))->max();
  }
};

static Multiple multiple_of(const schema::Tensor& t, uint32_t i) {
  return {t.extents()->Get(i), t.dims() == nullptr ? -1 : t.dims()->Get(i)};
}

// How often a derived dim's sum has another dim.
static uint64_t factor_of(const schema::Dim& derived, int32_t dim) {
  return (derived.x() == dim ? derived.a() : 0) + (derived.y() == dim ? uint64_t{derived.b()} : 0);
}

// Whether blocks of 16 suffice for the rows of a batch at any values of the dims: for
// floor((rows + 15 * batch) / 16). As many as that at the maxima do if they are constant; those of
// a derived dim do if its sum has at least these factors.
static bool suffices(const schema::Model& model, const Multiple& blocks, const Multiple& rows,
                     const Multiple& batch) {
  const Multiple last = {(kernels::kPanel - 1) * batch.factor, batch.dim};
  if (blocks.dim < 0) {
    return blocks.factor >= (rows.most(model) + last.most(model)) / kernels::kPanel;
  }
  const schema::Dim& dim = *model.dims()->Get(static_cast<uint32_t>(blocks.dim));
  if (dim.x() < 0 || dim.d() > kernels::kPanel) return false;
  int64_t rest = dim.c();
  for (const Multiple& part : {rows, last}) {
    if (part.dim < 0) rest -= static_cast<int64_t>(part.factor);
    const uint64_t both = rows.dim == last.dim ? rows.factor + last.factor : part.factor;
    if (part.dim >= 0 && factor_of(dim, part.dim) < both) return false;
  }
  return rest >= 0;
}

uint32_t tensor_capacity(const Frame& f, int32_t keys) {
  return f.extent(f.tensor(keys), f.tensor(keys)->extents()->size() - 3) * kernels::kPanel;
}

fovea_code check_tensors(const Frame& f, const KeyValueShape& shape, int32_t x, int32_t keys,
                         int32_t values, fovea_field field, uint32_t slot, fovea_error* error) {
  const schema::Tensor& rows = *f.tensor(x);
  const uint32_t outer = rows.extents()->size() - 2;  // extents before the rows
  // One sequence may be a batch of one.
  const bool one = outer == 0 && !shape.rows.packed && f.tensor(keys)->extents()->size() == 5;
  const uint32_t batch = outer == 0 && !one ? 0 : shape.rows.count;
  FOVEA_TRY(
      check_extents(f, keys, batch, {shape.heads, 0, shape.key_width, 16}, field, slot, error));
  const Multiple sequences =
      shape.rows.packed ? multiple_of(*f.tensor(f.method->lengths()), 0) : Multiple{1, -1};
  const uint32_t capacity = tensor_capacity(f, keys);
  const Multiple blocks = multiple_of(*f.tensor(keys), batch == 0 ? 1 : 2);
  if (!suffices(*f.model, blocks, multiple_of(rows, outer), sequences)) {
    return fail(error, FOVEA_BAD_SHAPE, f.where(field, slot), capacity, shape.rows.rows);
  }
  return check_extents(f, values, batch, {shape.heads, capacity, shape.value_width}, field,
                       slot + 1, error);
}

}  // namespace fovea
