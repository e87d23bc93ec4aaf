#include "runtime/operators/norm.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_norm(f, 1, f.op->attributes_as_RmsNorm()->epsilon(), error);
}

fovea_code prepare(Run& run, fovea_error*) {
  prepare_norm(run, run.frame.op->attributes_as_RmsNorm()->epsilon());
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  run.kernels->rms_norm_f32(norm_part(run, task));
}

}  // namespace
}  // namespace fovea

extern "C" const fovea_operator fovea_operator_rms_norm = {fovea::schema::Attributes::RmsNorm,
                                                           {1, 1},
                                                           {1, 1},
                                                           {1, 1},
                                                           {0, 0},
                                                           0,
                                                           0b1,
                                                           fovea::check,
                                                           nullptr,
                                                           fovea::prepare,
                                                           fovea::execute};
