// Rows that are made of windows of rows.

#ifndef FOVEA_RUNTIME_OPERATORS_WINDOWS_H_
#define FOVEA_RUNTIME_OPERATORS_WINDOWS_H_

#include "runtime/features.h"
#include "runtime/operators/check.h"

namespace fovea {

// The rows of output 0 are windows of those of input 0 that begin `stride` apart: as many as fit
// where the rows are so many more as a window reaches less past its first one. Packed rows stay as
// many.
inline fovea_code check_windows(const Frame& f, uint32_t stride, int64_t more, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  if (stride == 1 && more == 0) {
    return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, x.tokens, error);
  }
  for (const fovea_field field : {FOVEA_FIELD_INPUT, FOVEA_FIELD_OUTPUT}) {
    const int32_t tensor = field == FOVEA_FIELD_INPUT ? f.input(0) : f.output(0);
    FOVEA_TRY(check_equal(f, field, 0, is_packed(*f.method, *f.tensor(tensor)), false, error));
  }
  const int64_t c = more - 1 + stride;
  const fovea_derived_dims* derived = f.features->derived_dims;
  if (derived != nullptr && derived->follows(f, f.output(0), f.input(0), c, stride)) {
    return FOVEA_OK;
  }
  const int64_t sum = x.tokens + c;
  const uint64_t needed = sum < 0 ? 0 : static_cast<uint64_t>(sum) / stride;
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.tokens}, needed, error);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_WINDOWS_H_
