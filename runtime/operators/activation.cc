#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_same_shape(f, y, x, FOVEA_FIELD_OUTPUT, 0, error));
  const auto* attributes = f.op->attributes_as_Activation();
  if (!std::isfinite(attributes->factor())) {
    constexpr uint32_t kFactor = attribute<schema::Activation>(schema::Activation::VT_FACTOR);
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kFactor), 0, 0);
  }
  return check_function<schema::Activation>(f, attributes->function(), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const auto function =
      static_cast<kernels::Function>(f.op->attributes_as_Activation()->function());
  const float factor = f.op->attributes_as_Activation()->factor();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    float* to = y.f32() + r * y.stride;
    run.kernels->function_f32({x.f32() + r * x.stride, to, x.width, function});
    for (uint32_t i = 0; factor != 1 && i < x.width; ++i) to[i] *= factor;
  }
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

FOVEA_DEFINE_OPERATOR(Activation, activation, define())
