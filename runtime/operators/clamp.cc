#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), f.input_rows(0), FOVEA_FIELD_OUTPUT, 0, error));
  const schema::Clamp& a = *f.op->attributes_as_Clamp();
  if (!std::isfinite(a.least())) {
    constexpr uint32_t kLeast = attribute<schema::Clamp>(schema::Clamp::VT_LEAST);
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kLeast), 0, 0);
  }
  if (!(a.most() >= a.least() && std::isfinite(a.most()))) {
    constexpr uint32_t kMost = attribute<schema::Clamp>(schema::Clamp::VT_MOST);
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kMost), 0, 0);
  }
  return FOVEA_OK;
}

// Nothing is rounded, so that wide instructions change no bit.
void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const float least = f.op->attributes_as_Clamp()->least();
  const float most = f.op->attributes_as_Clamp()->most();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const float* from = x.f32() + r * x.stride;
    float* to = y.f32() + r * y.stride;
    for (uint32_t i = 0; i < x.width; ++i) {
      const float raised = from[i] < least ? least : from[i];
      to[i] = raised > most ? most : raised;
    }
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

FOVEA_DEFINE_OPERATOR(Clamp, clamp, define())
