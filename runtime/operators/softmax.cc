#include "runtime/operators/check.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  return check_same_shape(f, f.output_rows(0), f.input_rows(0), FOVEA_FIELD_OUTPUT, 0, error);
}

void execute(const Run& run, uint32_t, uint32_t) {
  const Rows x = run.frame.input_rows(0), y = run.frame.output_rows(0);
  run.kernels->softmax_f32({x.f32(), x.stride, y.f32(), y.stride, x.rows, x.width});
}

}  // namespace
}  // namespace fovea

extern "C" const fovea_operator fovea_operator_softmax = {fovea::schema::Attributes::Softmax,
                                                          {1, 1},
                                                          {1, 1},
                                                          {0, 0},
                                                          {0, 0},
                                                          0,
                                                          0b1,
                                                          fovea::check,
                                                          nullptr,
                                                          nullptr,
                                                          fovea::execute};
