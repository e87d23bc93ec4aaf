#include <cstring>

#include "runtime/operators/group_sums.h"

namespace fovea {
namespace {

using A = schema::GroupNorm;

fovea_code check(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_same_shape(f, f.output_rows(0), x, FOVEA_FIELD_OUTPUT, 0, error));
  const A& a = *f.op->attributes_as_GroupNorm();
  constexpr uint32_t kGroups = attribute<A>(A::VT_GROUPS);
  FOVEA_TRY(check_attribute(f, kGroups, a.groups(), 1, x.width, error));
  FOVEA_TRY(check_attribute(f, kGroups, x.width % a.groups(), 0, 0, error));
  for (uint32_t i = 0; i < 2; ++i) {
    if (f.weight(i) == nullptr) continue;
    FOVEA_TRY(check_weight(f, i, schema::Layout::Row16, {x.width}, error));
  }
  return check_moments(f, a, error);
}

bool may_miss(const A& a) {
  return a.missing() || a.flat() > 0.0f;
}

// What a task makes of the columns that it takes: their sums, means, and 1 / deviations. Where a
// sequence is more than a task these are left from one to the next.
uint64_t scratch(const Frame& f) {
  const uint64_t columns = f.input_rows(0).width;
  const size_t sum = may_miss(*f.op->attributes_as_GroupNorm()) ? sizeof(Sum) : sizeof(double);
  return round_up(columns * (sum + 2 * sizeof(float)), FOVEA_ALIGNMENT);
}

// A task takes some columns of a sequence or, in sliced runs, some rows: those that sum up a
// sequence, then those that sum up squares, then those that write.
struct Plan {
  uint32_t width, columns, tasks;  // of a group; of a task; of a sequence
  uint32_t rows;                   // of a task; 0: all of a sequence
};

fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0);
  const uint32_t groups = run.frame.op->attributes_as_GroupNorm()->groups();
  const Sequences rows = sequences_of(run.frame, run.frame.input(0));
  Plan plan = {};
  plan.width = x.width / groups;
  if (run.grain == Grain::kFine) {
    plan.rows = Run::fine_rows(x.width);
    run.tasks = rows.first_task(rows.count, {plan.rows, plan.rows, plan.rows});
    run.keep(plan);
    return FOVEA_OK;
  }
  const uint32_t together = plan.width < kSumColumns ? kSumColumns / plan.width : 1;
  const uint32_t units = (groups + together - 1) / together;
  const uint32_t share = run.units_per_task(units, uint64_t{4} * x.rows * x.width, 1);
  plan.columns = share * together * plan.width;
  plan.tasks = (units + share - 1) / share;
  run.tasks = rows.count * plan.tasks;
  run.keep(plan);
  return FOVEA_OK;
}

// The worker's scratch, of so many columns.
struct Found {
  double* sums;  // or those of groups, where numbers may be missing
  float *means, *factors;

  Found(const Run& run, uint32_t worker, uint32_t columns) {
    float* const all = run.scratch_of(worker);
    const bool some = may_miss(*run.frame.op->attributes_as_GroupNorm());
    sums = reinterpret_cast<double*>(all);
    means = all + columns * (some ? sizeof(Sum) : sizeof(double)) / sizeof(float);
    factors = means + columns;
  }
  Sum* groups() const { return reinterpret_cast<Sum*>(sums); }
};

void find_means(const Found& found, uint32_t columns, uint32_t width, uint32_t tokens) {
  level(found.sums, columns, width, tokens, found.means);
}

void find_factors(const Found& found, uint32_t columns, uint32_t width, uint32_t tokens,
                  float epsilon) {
  level(found.sums, columns, width, tokens, found.factors);
  for (uint32_t i = 0; i < columns; ++i) {
    found.factors[i] = 1.0f / __builtin_sqrtf(found.factors[i] + epsilon);
  }
}

// Means and 1 / deviations of all groups of some columns.
void measure(const Columns& all, const A& a, uint32_t width, const Found& found) {
  if (may_miss(a)) {
    for (uint32_t i = 0; i < all.count; ++i) {
      if (i % width != 0) {
        found.means[i] = found.means[i - 1], found.factors[i] = found.factors[i - 1];
        continue;
      }
      const Moments m = moments_of({all.x + i, all.stride, all.tokens, width}, a);
      found.means[i] = m.mean;
      found.factors[i] = 1.0f / m.deviation;
    }
    return;
  }
  add_up<false>(all, found.means, found.sums);
  find_means(found, all.count, width, all.tokens);
  add_up<true>(all, found.means, found.sums);
  find_factors(found, all.count, width, all.tokens, a.epsilon());
}

// The same of rows that come a few at a time. The sums of a block lie where factors will.
template <bool squares>
void measure_rows(const Columns& rows, const A& a, const Piece& piece, uint32_t width,
                  uint32_t tokens, const Found& found) {
  const bool last = piece.token + piece.count == tokens;
  if (may_miss(a)) {
    for (uint32_t i = 0; i < rows.count; ++i) {
      Sum& sum = found.groups()[i / width];
      if (i % width == 0) {
        if (piece.token == 0) sum = {};
        const float mean = squares ? found.means[i] : 0.0f;
        sum.add({rows.x + i, rows.stride, rows.tokens, width}, a.missing(), mean, squares);
      }
      if (last && !squares) found.means[i] = sum.mean(0.0);
      if (last && squares) found.factors[i] = 1.0f / deviation_of(sum, a);
    }
    return;
  }
  add_rows<squares>(rows, piece.token, last, found.means, found.factors, found.sums);
  if (!last) return;
  squares ? find_factors(found, rows.count, width, tokens, a.epsilon())
          : find_means(found, rows.count, width, tokens);
}

// What columns of a row are made with; gain and bias may be null.
struct Scales {
  const float *mean, *factor, *gain, *bias;
};

// In memory of its own, for x and y may be the same.
template <uint32_t known>
void write(const float* x, const Scales& s, uint32_t from, uint32_t left, float* y) {
  const uint32_t count = known > 0 ? known : left;
  float made[kSumColumns];
  for (uint32_t i = 0; i < count; ++i) made[i] = (x[i] - s.mean[from + i]) * s.factor[from + i];
  for (uint32_t i = 0; s.gain != nullptr && i < count; ++i) made[i] *= s.gain[from + i];
  for (uint32_t i = 0; s.bias != nullptr && i < count; ++i) made[i] += s.bias[from + i];
  std::memcpy(y, made, count * sizeof(float));
}

// Columns from `first` on, of rows that lie at `y`.
void write_rows(const Frame& f, Columns c, uint32_t first, const Found& found, float* y,
                size_t y_stride) {
  const float *gain = f.weight_data(0), *bias = f.weight_data(1);
  const Scales scales = {found.means, found.factors, gain == nullptr ? nullptr : gain + first,
                         bias == nullptr ? nullptr : bias + first};
  const uint32_t count = c.count;
  for (uint32_t t = 0; t < c.tokens; ++t) {
    const float* from = c.x + t * c.stride;
    float* to = y + t * y_stride;
    if (count == 1) {  // a column of samples
      write<1>(from, scales, 0, 1, to);
      continue;
    }
    for (uint32_t i = 0; i < count; i += kSumColumns) {
      count - i < kSumColumns ? write<0>(from + i, scales, i, count - i, to + i)
                              : write<kSumColumns>(from + i, scales, i, kSumColumns, to + i);
    }
  }
}

void run_rows(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  const A& a = *f.op->attributes_as_GroupNorm();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const Visit visit = rows.visit(task, {plan.rows, plan.rows, plan.rows});
  const Piece& piece = visit.piece;
  const Columns some = {x.f32() + piece.row * x.stride, x.stride, piece.count, x.width};
  const Found found(run, worker, x.width);
  if (piece.count == 0) return;
  if (visit.pass == 2) {
    return write_rows(f, some, 0, found, y.f32() + piece.row * y.stride, y.stride);
  }
  (visit.pass == 0 ? measure_rows<false> : measure_rows<true>)(some, a, piece, plan.width,
                                                               rows.length(piece.sequence), found);
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  if (plan.rows > 0) return run_rows(run, task, worker);
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const uint32_t b = task / plan.tasks, first = task % plan.tasks * plan.columns;
  const uint32_t left = x.width - first, count = left < plan.columns ? left : plan.columns;
  const size_t row = rows.first(b);
  const Columns all = {x.f32() + row * x.stride + first, x.stride, rows.length(b), count};
  const Found found(run, worker, count);
  measure(all, *f.op->attributes_as_GroupNorm(), plan.width, found);
  write_rows(f, all, first, found, y.f32() + row * y.stride + first, y.stride);
}

// Every number is looked at three times.
fovea_cost cost(const Frame& f) {
  const Checked made = elements(f.output_rows(0));
  return counted(made * 4, made * 4 * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x", kInPlace}};
  d.outputs = {{"y"}};
  d.weights = {{"gain", kOptional}, {"bias", kOptional}};
  d.check = check;
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(GroupNorm, group_norm, define())
