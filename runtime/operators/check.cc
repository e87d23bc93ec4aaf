#include "runtime/operators/check.h"

namespace fovea {

fovea_code check_same_shape(const Frame& frame, const Rows& found, const Rows& needed,
                            fovea_field field, uint32_t slot, fovea_error* error) {
  FOVEA_TRY(check_equal(frame, field, slot, found.rows, needed.rows, error));
  return check_equal(frame, field, slot, found.width, needed.width, error);
}

fovea_code check_weight(const Frame& frame, uint32_t slot, schema::Layout layout,
                        std::initializer_list<uint32_t> shape, fovea_error* error) {
  const schema::Weight* weight = frame.weight(slot);
  const Where where = frame.where(FOVEA_FIELD_WEIGHT, slot);
  if (weight->layout() != layout) {
    return fail(error, FOVEA_BAD_VALUE, where, static_cast<uint32_t>(weight->layout()),
                static_cast<uint32_t>(layout));
  }
  // The first weight's format has chosen the operator.
  if (slot != 0 && weight->dtype() != schema::DType::Float32) {
    return fail(error, FOVEA_BAD_VALUE, where, static_cast<uint32_t>(weight->dtype()), 0);
  }
  FOVEA_TRY(
      check_equal(frame, FOVEA_FIELD_WEIGHT, slot, weight->shape()->size(), shape.size(), error));
  uint32_t i = 0;
  for (uint32_t extent : shape) {
    FOVEA_TRY(
        check_equal(frame, FOVEA_FIELD_WEIGHT, slot, weight->shape()->Get(i++), extent, error));
  }
  return FOVEA_OK;
}

// Linked only with operators that read codes.
fovea_code check_code_columns(const Frame& frame, fovea_error* error) {
  return check_within(frame, part_of(FOVEA_FIELD_WEIGHT, 0), columns_of(*frame.weight(0)), 1,
                      kernels::kMostCodes, error);
}

fovea_code check_code_rows(const Frame& frame, uint32_t* columns, fovea_error* error) {
  FOVEA_TRY(check_code_columns(frame, error));
  *columns = columns_of(*frame.weight(0));
  const bool groups = is_in_groups(frame.weight(0)->dtype());
  const size_t words =
      groups ? kernels::group_row_words(*columns) : kernels::code_row_words(*columns);
  return check_equal(frame, FOVEA_FIELD_INPUT, 0, frame.input_rows(0).width,
                     static_cast<uint32_t>(words), error);
}

fovea_code check_sequences(const Frame& frame, int32_t tensor, fovea_field field, uint32_t slot,
                           fovea_error* error) {
  const uint32_t rank = frame.tensor(tensor)->extents()->size();
  return rank == 2 || rank == 3 ? FOVEA_OK
                                : fail(error, FOVEA_BAD_SHAPE, frame.where(field, slot), rank, 3);
}

// Linked only with operators of grids.
fovea_code check_grid_rows(const Frame& frame, fovea_field field, uint32_t tokens,
                           fovea_error* error) {
  const bool input = field == FOVEA_FIELD_INPUT;
  const int32_t tensor = input ? frame.input(0) : frame.output(0);
  FOVEA_TRY(check_sequences(frame, tensor, field, 0, error));
  const Rows rows = input ? frame.input_rows(0) : frame.output_rows(0);
  return check_equal(frame, field, 0, rows.tokens, tokens, error);
}

}  // namespace fovea
