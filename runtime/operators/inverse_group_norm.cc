#include "runtime/operators/moments.h"

namespace fovea {
namespace {

using A = schema::InverseGroupNorm;

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows z = f.input_rows(0), x = f.input_rows(1), y = f.output_rows(0);
  const A& a = *f.op->attributes_as_InverseGroupNorm();
  for (uint32_t i = 0; i < 2; ++i) {
    FOVEA_TRY(check_sequences(f, f.input(i), FOVEA_FIELD_INPUT, i, error));
  }
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  const auto packed = [&](int32_t tensor) { return is_packed(*f.method, *f.tensor(tensor)); };
  for (uint32_t i = 0; i < 2; ++i) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, i, packed(f.input(i)), false, error));
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, packed(f.output(0)), false, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, z.stride, size_t{z.width}, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.stride, size_t{y.width}, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, x.batch, z.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, z.batch, error));
  const uint64_t numbers = uint64_t{z.tokens} * z.width;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.tokens} * y.width, numbers, error));
  constexpr uint32_t kGroups = attribute<A>(A::VT_GROUPS);
  FOVEA_TRY(check_attribute(f, kGroups, a.groups(), 1u, x.width, error));
  FOVEA_TRY(check_attribute(f, kGroups, x.width % a.groups(), 0u, 0u, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, numbers % a.groups(), uint64_t{0}, error));
  return check_moments(f, a, error);
}

// A task is a group of a sequence.
fovea_code prepare(Run& run, fovea_error*) {
  run.tasks =
      run.frame.input_rows(0).batch * run.frame.op->attributes_as_InverseGroupNorm()->groups();
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_InverseGroupNorm();
  const Rows z = f.input_rows(0), x = f.input_rows(1), y = f.output_rows(0);
  const uint32_t groups = a.groups(), b = task / groups, group = task % groups;
  const uint32_t width = x.width / groups;
  const Columns all = {x.f32() + size_t{b} * x.tokens * x.stride + group * width, x.stride,
                       x.tokens, width};
  const Moments m = moments_of(all, a);
  const size_t numbers = size_t{z.tokens} * z.width, each = numbers / groups;
  const float* from = z.f32() + b * numbers + group * each;
  float* to = y.f32() + b * numbers + group;
  for (size_t i = 0; i < each; ++i) to[i * groups] = from[i] * m.deviation + m.mean;
}

// Every number of x is looked at twice.
fovea_cost cost(const Frame& f) {
  const Checked read = elements(f.input_rows(1)), made = elements(f.output_rows(0));
  return counted(read * 2 + made, (read * 2 + made * 2) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"z"}, {"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(InverseGroupNorm, inverse_group_norm, define())
