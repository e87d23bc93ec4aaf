#include <cmath>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using A = schema::DynamicRange;

fovea_code check(const Frame& f, fovea_error* error) {
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), f.input_rows(0), FOVEA_FIELD_OUTPUT, 0, error));
  const A& a = *f.op->attributes_as_DynamicRange();
  const auto wrong = [&](uint32_t slot) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, slot), 0, 0);
  };
  if (!(a.range() >= 0.0f && std::isfinite(a.range()))) return wrong(attribute<A>(A::VT_RANGE));
  if (!std::isfinite(a.factor())) return wrong(attribute<A>(A::VT_FACTOR));
  return std::isfinite(a.offset()) ? FOVEA_OK : wrong(attribute<A>(A::VT_OFFSET));
}

// A task is a sequence.
fovea_code prepare(Run& run, fovea_error*) {
  run.tasks = sequences_of(run.frame, run.frame.input(0)).count;
  return FOVEA_OK;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_DynamicRange();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const uint32_t first = rows.first(task), end = first + rows.length(task);
  float largest = -INFINITY;
  for (uint32_t r = first; r < end; ++r) {
    const float* from = x.f32() + r * x.stride;
    for (uint32_t i = 0; i < x.width; ++i) largest = from[i] > largest ? from[i] : largest;
  }
  const float least = largest - a.range(), factor = a.factor(), offset = a.offset();
  for (uint32_t r = first; r < end; ++r) {
    const float* from = x.f32() + r * x.stride;
    float* to = y.f32() + r * y.stride;
    for (uint32_t i = 0; i < x.width; ++i) {
      to[i] = (from[i] < least ? least : from[i]) * factor + offset;
    }
  }
}

// Every number is looked at twice.
fovea_cost cost(const Frame& f) {
  const Checked made = elements(f.output_rows(0));
  return counted(made * 2, made * 3 * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(DynamicRange, dynamic_range, define())
