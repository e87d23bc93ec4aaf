#include "runtime/operators/norm.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_norm(f, 1, f.op->attributes_as_RmsNorm()->epsilon(), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  run.kernels->rms_norm_f32(norm_part(run, task, run.frame.op->attributes_as_RmsNorm()->epsilon()));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"gain"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(RmsNorm, rms_norm, define())
