#include "runtime/operators/check.h"

namespace fovea {
namespace {

bool repeats(const Frame& f) {
  return f.tensor(f.input(1))->extents()->size() == 1;
}

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows a = f.input_rows(0), b = f.input_rows(1);
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), a, FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, b.width, a.width, error));
  if (!repeats(f)) FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, b.rows, a.rows, error));
  return check_attribute(f, static_cast<uint32_t>(f.op->attributes_as_Binary()->kind()), 0,
                         static_cast<uint32_t>(schema::BinaryKind::MAX), error);
}

void execute(const Run& run, uint32_t, uint32_t) {
  const Frame& f = run.frame;
  const Rows a = f.input_rows(0), b = f.input_rows(1), y = f.output_rows(0);
  run.kernels->binary_f32({a.f32(), a.stride, b.f32(), repeats(f) ? 0 : b.stride, y.f32(), y.stride,
                           a.rows, a.width,
                           static_cast<kernels::BinaryKind>(f.op->attributes_as_Binary()->kind())});
}

}  // namespace
}  // namespace fovea

extern "C" const fovea_operator fovea_operator_binary = {fovea::schema::Attributes::Binary,
                                                         {2, 2},
                                                         {1, 1},
                                                         {0, 0},
                                                         {0, 0},
                                                         0,
                                                         0b11,
                                                         fovea::check,
                                                         nullptr,
                                                         nullptr,
                                                         fovea::execute};
