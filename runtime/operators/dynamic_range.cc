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

// The largest number so far, where a sequence is more than a task.
uint64_t scratch(const Frame&) {
  return round_up(sizeof(float), FOVEA_ALIGNMENT);
}

// A task is a sequence or, in sliced runs, some rows of it: those that look for the largest number
// of a sequence come before those that write.
fovea_code prepare(Run& run, fovea_error*) {
  const Sequences rows = sequences_of(run.frame, run.frame.input(0));
  const uint32_t size = Run::fine_rows(run.frame.input_rows(0).width);
  const bool fine = run.grain == Grain::kFine;
  run.tasks = fine ? rows.first_task(rows.count, {size, size}) : rows.count;
  return FOVEA_OK;
}

float largest_of(const Rows& x, const Piece& piece, float largest) {
  for (uint32_t r = piece.row; r < piece.row + piece.count; ++r) {
    const float* from = x.f32() + r * x.stride;
    for (uint32_t i = 0; i < x.width; ++i) largest = from[i] > largest ? from[i] : largest;
  }
  return largest;
}

void write(const Frame& f, const Piece& piece, float largest) {
  const A& a = *f.op->attributes_as_DynamicRange();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const float least = largest - a.range(), factor = a.factor(), offset = a.offset();
  for (uint32_t r = piece.row; r < piece.row + piece.count; ++r) {
    const float* from = x.f32() + r * x.stride;
    float* to = y.f32() + r * y.stride;
    for (uint32_t i = 0; i < x.width; ++i) {
      to[i] = (from[i] < least ? least : from[i]) * factor + offset;
    }
  }
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Rows x = f.input_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  if (run.grain != Grain::kFine) {
    const Piece all = {task, rows.first(task), 0, rows.length(task)};
    return write(f, all, largest_of(x, all, -INFINITY));
  }
  const uint32_t size = Run::fine_rows(x.width);
  const Visit visit = rows.visit(task, {size, size});
  float* largest = run.scratch_of(worker);
  if (visit.pass == 1) return write(f, visit.piece, *largest);
  *largest = largest_of(x, visit.piece, visit.piece.token == 0 ? -INFINITY : *largest);
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
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(DynamicRange, dynamic_range, define())
