// What the operators have in common that make rows of codes.

#ifndef FOVEA_RUNTIME_OPERATORS_QUANTIZE_H_
#define FOVEA_RUNTIME_OPERATORS_QUANTIZE_H_

#include "runtime/operators/check.h"

namespace fovea {

// `words` of a row of so many numbers.
inline fovea_code check_codes_made(const Frame& f, size_t (*words)(size_t k), fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, static_cast<uint32_t>(words(x.width)),
                     error);
}

inline kernels::QuantizeF32 rows_to_quantize(const Run& run, uint32_t task) {
  const Rows x = run.frame.input_rows(0), y = run.frame.output_rows(0);
  const Part part = run.part(task);
  return {x.f32() + part.first * x.stride,
          x.stride,
          static_cast<uint32_t*>(y.data) + part.first * y.stride,
          y.stride,
          part.count,
          x.width};
}

// All but how it is checked and run.
constexpr Definition define_quantize() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"codes", kI32}};
  d.prepare = [](Run& run, fovea_error*) -> fovea_code {
    const Rows x = run.frame.input_rows(0);
    run.divide_rows(x.rows, x.width);
    return FOVEA_OK;
  };
  // Every number is looked at twice.
  d.cost = [](const Frame& f) {
    const Checked read = elements(f.input_rows(0)), made = elements(f.output_rows(0));
    return counted(read * 2, (read + made) * sizeof(float));
  };
  return d;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_QUANTIZE_H_
