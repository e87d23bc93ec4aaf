#include "runtime/operators/norm.h"

namespace fovea {
namespace {

NormAttributes attributes(const Frame& f) {
  return norm_attributes(*f.op->attributes_as_LayerNorm());
}

fovea_code check(const Frame& f, fovea_error* error) {
  return check_norm<schema::LayerNorm>(f, 2, attributes(f), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  run_norm(run, task, attributes(run.frame), run.kernels->layer_norm_f32);
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"gain"}, {"bias"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(LayerNorm, layer_norm, define())
