#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, x.rows, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width,
                     static_cast<uint32_t>(kernels::code_row_words(x.width)), error);
}

fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0);
  run.divide_rows(x.rows, x.width);
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Rows x = run.frame.input_rows(0), y = run.frame.output_rows(0);
  const Part part = run.part(task);
  run.kernels->quantize_f32({x.f32() + part.first * x.stride, x.stride,
                             static_cast<uint32_t*>(y.data) + part.first * y.stride, y.stride,
                             part.count, x.width});
}

// Every number is looked at twice.
fovea_cost cost(const Frame& f) {
  const Checked read = elements(f.input_rows(0)), made = elements(f.output_rows(0));
  return counted(read * 2, (read + made) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"codes", kI32}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Quantize, quantize, define())
