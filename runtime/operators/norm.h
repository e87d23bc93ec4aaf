// What RMS norm and layer norm share.

#ifndef FOVEA_RUNTIME_OPERATORS_NORM_H_
#define FOVEA_RUNTIME_OPERATORS_NORM_H_

#include "runtime/operators/check.h"

namespace fovea {

// Checks input, output, epsilon, and `weights` weights [width].
inline fovea_code check_norm(const Frame& f, uint32_t weights, float epsilon, fovea_error* error) {
  const Rows x = f.input_rows(0);
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  for (uint32_t i = 0; i < weights; ++i) {
    FOVEA_TRY(check_weight(f, i, schema::Layout::Row16, {x.width}, error));
  }
  return epsilon >= 0.0f && epsilon < 1.0f
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_ATTRIBUTE), 1, 0);
}

inline kernels::NormF32 norm_part(const Run& run, uint32_t task, float epsilon) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Part part = run.part(task);
  return {x.f32() + part.first * x.stride,
          x.stride,
          f.weight_data(0),
          f.weight_data(1),
          y.f32() + part.first * y.stride,
          y.stride,
          part.count,
          x.width,
          epsilon};
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_NORM_H_
