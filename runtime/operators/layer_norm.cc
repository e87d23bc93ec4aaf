#include "runtime/operators/norm.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_norm(f, 2, f.op->attributes_as_LayerNorm()->epsilon(), error);
}

fovea_code prepare(Run& run, fovea_error*) {
  prepare_norm(run, run.frame.op->attributes_as_LayerNorm()->epsilon());
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  run.kernels->layer_norm_f32(norm_part(run, task));
}

}  // namespace
}  // namespace fovea

extern "C" const fovea_operator fovea_operator_layer_norm = {fovea::schema::Attributes::LayerNorm,
                                                             {1, 1},
                                                             {1, 1},
                                                             {2, 2},
                                                             {0, 0},
                                                             0,
                                                             0b1,
                                                             fovea::check,
                                                             nullptr,
                                                             fovea::prepare,
                                                             fovea::execute};
