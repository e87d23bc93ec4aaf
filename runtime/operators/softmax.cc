#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_same_shape(f, f.output_rows(0), f.input_rows(0), FOVEA_FIELD_OUTPUT, 0, error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Rows x = run.frame.input_rows(0), y = run.frame.output_rows(0);
  const Part part = run.part(task);
  run.kernels->softmax_f32({x.f32() + part.first * x.stride, x.stride,
                            y.f32() + part.first * y.stride, y.stride, part.count, x.width});
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Softmax, softmax, define())
