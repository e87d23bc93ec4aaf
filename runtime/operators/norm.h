// What RMS norm and layer norm share.

#ifndef FOVEA_RUNTIME_OPERATORS_NORM_H_
#define FOVEA_RUNTIME_OPERATORS_NORM_H_

#include "runtime/operators/check.h"

namespace fovea {

struct NormPlan {
  kernels::NormF32 whole;
  uint32_t rows_per_task;
};

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

inline void prepare_norm(Run& run, float epsilon) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  NormPlan plan = {};
  plan.whole = {x.f32(),  x.stride, f.weight_data(0), f.weight_data(1), y.f32(),
                y.stride, x.rows,   x.width,          epsilon};
  plan.rows_per_task = run.units_per_task(x.rows, uint64_t{4} * x.rows * x.width, 8);
  run.tasks = (x.rows + plan.rows_per_task - 1) / plan.rows_per_task;
  run.keep(plan);
}

inline kernels::NormF32 norm_part(const Run& run, uint32_t task) {
  const NormPlan plan = run.kept<NormPlan>();
  const uint32_t row = task * plan.rows_per_task;
  kernels::NormF32 part = plan.whole;
  part.x += row * part.x_stride;
  part.y += row * part.y_stride;
  part.rows = part.rows - row < plan.rows_per_task ? part.rows - row : plan.rows_per_task;
  return part;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_NORM_H_
