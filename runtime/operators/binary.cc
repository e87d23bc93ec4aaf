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
  constexpr uint32_t kKind = attribute<schema::Binary>(schema::Binary::VT_KIND);
  return check_attribute(f, kKind, static_cast<uint32_t>(f.op->attributes_as_Binary()->kind()), 0,
                         static_cast<uint32_t>(schema::BinaryKind::MAX), error);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows a = f.input_rows(0), b = f.input_rows(1), y = f.output_rows(0);
  const Part part = run.part(task);
  const size_t row = part.first, b_stride = repeats(f) ? 0 : b.stride;
  run.kernels->binary_f32({a.f32() + row * a.stride, a.stride, b.f32() + row * b_stride, b_stride,
                           y.f32() + row * y.stride, y.stride, part.count, a.width,
                           static_cast<kernels::BinaryKind>(f.op->attributes_as_Binary()->kind())});
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"a", kInPlace}, {"b", kInPlace}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Binary, binary, define())
