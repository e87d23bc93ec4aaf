#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

struct Plan {
  uint32_t columns, pieces;  // of a task; tasks of a sequence
  uint32_t rows;             // of a task; 0: all of a sequence
};

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  const Sequences rows = sequences_of(f, f.input(0));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.rows, rows.count, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  // Rows of packed sequences are known in a run only.
  constexpr uint32_t kFirst = attribute<schema::Pool>(schema::Pool::VT_FIRST);
  const uint32_t before = f.op->attributes_as_Pool()->first();
  FOVEA_TRY(check_attribute(f, kFirst, before, 0, rows.packed ? UINT32_MAX : x.tokens - 1, error));
  constexpr uint32_t kKind = attribute<schema::Pool>(schema::Pool::VT_KIND);
  return check_attribute(f, kKind, static_cast<uint32_t>(f.op->attributes_as_Pool()->kind()), 0,
                         static_cast<uint32_t>(schema::PoolKind::MAX), error);
}

// Every column by itself, so that wide instructions change no bit. A NaN stays.
void add(const float* x, float* y, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) y[i] += x[i];
}

void raise(const float* x, float* y, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

// A task takes some columns of one sequence or, in sliced runs, some rows of it, which it adds to
// those of the tasks before it: after tasks that write zeros, what is made of no rows.
fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0), y = run.frame.output_rows(0);
  Plan plan = {};
  if (run.grain == Grain::kFine) {
    plan.rows = Run::fine_rows(x.width);
    run.tasks =
        y.rows + sequences_of(run.frame, run.frame.input(0)).first_task(y.rows, {plan.rows});
  } else {
    const uint32_t panels = kernels::panels_of(y.width);
    plan.columns =
        run.divide(1, panels, uint64_t{x.rows} * x.width / y.rows).units * kernels::kPanel;
    plan.pieces = (y.width + plan.columns - 1) / plan.columns;
    run.tasks = y.rows * plan.pieces;
  }
  run.keep(plan);
  return FOVEA_OK;
}

// `n` columns of some rows of a sequence; the first that counts begins what is made.
void add_rows(const Frame& f, const Piece& piece, uint32_t column, uint32_t n) {
  const auto* attributes = f.op->attributes_as_Pool();
  const bool mean = attributes->kind() == schema::PoolKind::Mean;
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t first = attributes->first(), end = piece.token + piece.count;
  const float* from = x.f32() + (piece.row - piece.token) * x.stride + column;
  float* to = y.f32() + piece.sequence * y.stride + column;
  for (uint32_t t = piece.token > first ? piece.token : first; t < end; ++t) {
    if (t == first) {
      std::memcpy(to, from + t * x.stride, n * sizeof(float));
    } else {
      (mean ? add : raise)(from + t * x.stride, to, n);
    }
  }
  if (!mean || end <= first || !sequences_of(f, f.input(0)).ends(piece)) return;
  for (uint32_t i = 0; i < n; ++i) to[i] /= static_cast<float>(end - first);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Rows y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const Plan& plan = run.kept<Plan>();
  if (plan.rows == 0) {
    const uint32_t b = task / plan.pieces, column = task % plan.pieces * plan.columns;
    const uint32_t n = column + plan.columns < y.width ? plan.columns : y.width - column;
    if (rows.length(b) <= f.op->attributes_as_Pool()->first()) {
      std::memset(y.f32() + b * y.stride + column, 0, n * sizeof(float));
    }
    add_rows(f, {b, rows.first(b), 0, rows.length(b)}, column, n);
  } else if (task < y.rows) {
    std::memset(y.f32() + task * y.stride, 0, y.width * sizeof(float));
  } else {
    add_rows(f, rows.visit(task - y.rows, {plan.rows}).piece, 0, y.width);
  }
}

// Every number of the input is looked at once.
fovea_cost cost(const Frame& f) {
  const Checked read = elements(f.input_rows(0)), made = elements(f.output_rows(0));
  return counted(read, (read + made) * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Pool, pool, define())
