#include <cstring>

#include "runtime/operators/moments.h"

namespace fovea {
namespace {

using A = schema::GroupNorm;

constexpr uint32_t kColumns = 32;  // looked at together: two lines of a cache
constexpr uint32_t kBlock = 64;    // tokens whose sum is rounded to f32

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

// What a task makes of the columns that it takes: their sums, means, and 1 / deviations.
uint64_t scratch(const Frame& f) {
  const uint64_t columns = f.input_rows(0).width;
  return round_up(columns * (sizeof(double) + 2 * sizeof(float)), FOVEA_ALIGNMENT);
}

struct Plan {
  uint32_t width, columns, tasks;  // of a group; of a task; of a sequence
};

fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0);
  const uint32_t groups = run.frame.op->attributes_as_GroupNorm()->groups();
  const uint32_t sequences = sequences_of(run.frame, run.frame.input(0)).count;
  Plan plan = {};
  plan.width = x.width / groups;
  const uint32_t together = plan.width < kColumns ? kColumns / plan.width : 1;
  const uint32_t units = (groups + together - 1) / together;
  const uint32_t share = run.units_per_task(units, uint64_t{4} * x.rows * x.width, 1);
  plan.columns = share * together * plan.width;
  plan.tasks = (units + share - 1) / share;
  run.tasks = sequences * plan.tasks;
  run.keep(plan);
  return FOVEA_OK;
}

// Adds the sums over some tokens, rounded to f32, of each column, less `mean`, or of the squares of
// that. A count that is known makes a loop without a tail.
template <bool squares, uint32_t known>
void add_block(const Columns& c, const float* mean, double* sums) {
  const uint32_t count = known > 0 ? known : c.count;
  float block[kColumns] = {};
  for (uint32_t t = 0; t < c.tokens; ++t) {
    const float* row = c.x + t * c.stride;
    for (uint32_t i = 0; i < count; ++i) {
      const float centered = squares ? row[i] - mean[i] : row[i];
      block[i] += squares ? centered * centered : centered;
    }
  }
  for (uint32_t i = 0; i < count; ++i) sums[i] += static_cast<double>(block[i]);
}

// The sums over all tokens, block by block, so that rows stay in a cache from columns to columns.
template <bool squares>
void add_up(const Columns& all, const float* mean, double* sums) {
  for (uint32_t i = 0; i < all.count; ++i) sums[i] = 0.0;
  for (uint32_t t = 0; t < all.tokens; t += kBlock) {
    const uint32_t tokens = all.tokens - t < kBlock ? all.tokens - t : kBlock;
    for (uint32_t i = 0; i < all.count; i += kColumns) {
      const uint32_t left = all.count - i;
      const Columns some = {all.x + t * all.stride + i, all.stride, tokens, left};
      left < kColumns ? add_block<squares, 0>(some, mean + i, sums + i)
                      : add_block<squares, kColumns>(some, mean + i, sums + i);
    }
  }
}

// Of the sums of a group's columns the mean, for each of these.
void level(const Columns& all, uint32_t width, const double* sums, float* made) {
  const double count = static_cast<double>(uint64_t{all.tokens} * width);
  for (uint32_t first = 0; first < all.count; first += width) {
    double total = 0.0;
    for (uint32_t i = 0; i < width; ++i) total += sums[first + i];
    for (uint32_t i = 0; i < width; ++i) made[first + i] = static_cast<float>(total / count);
  }
}

// Means and 1 / deviations of all groups, where nothing is missing.
void measure(const Columns& all, const A& a, uint32_t width, double* sums, float* means,
             float* factors) {
  add_up<false>(all, means, sums);
  level(all, width, sums, means);
  add_up<true>(all, means, sums);
  level(all, width, sums, factors);
  for (uint32_t i = 0; i < all.count; ++i) {
    factors[i] = 1.0f / __builtin_sqrtf(factors[i] + a.epsilon());
  }
}

// The same of numbers that may be missing, or be the same.
void measure_some(const Columns& all, const A& a, uint32_t width, float* means, float* factors) {
  for (uint32_t first = 0; first < all.count; first += width) {
    const Moments m = moments_of({all.x + first, all.stride, all.tokens, width}, a);
    for (uint32_t i = first; i < first + width; ++i) {
      means[i] = m.mean;
      factors[i] = 1.0f / m.deviation;
    }
  }
}

// What columns of a row are made with; gain and bias may be null.
struct Scales {
  const float *mean, *factor, *gain, *bias;
};

// In memory of its own, for x and y may be the same.
template <uint32_t known>
void write(const float* x, const Scales& s, uint32_t from, uint32_t left, float* y) {
  const uint32_t count = known > 0 ? known : left;
  float made[kColumns];
  for (uint32_t i = 0; i < count; ++i) made[i] = (x[i] - s.mean[from + i]) * s.factor[from + i];
  for (uint32_t i = 0; s.gain != nullptr && i < count; ++i) made[i] *= s.gain[from + i];
  for (uint32_t i = 0; s.bias != nullptr && i < count; ++i) made[i] += s.bias[from + i];
  std::memcpy(y, made, count * sizeof(float));
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const uint32_t b = task / plan.tasks, first = task % plan.tasks * plan.columns;
  const uint32_t left = x.width - first, count = left < plan.columns ? left : plan.columns;
  const size_t row = rows.first(b);
  const Columns all = {x.f32() + row * x.stride + first, x.stride, rows.length(b), count};
  auto* sums = reinterpret_cast<double*>(run.scratch_of(worker));
  auto* means = reinterpret_cast<float*>(sums + count);
  float* factors = means + count;
  const A& a = *f.op->attributes_as_GroupNorm();
  const bool some = a.missing() || a.flat() > 0.0f;
  some ? measure_some(all, a, plan.width, means, factors)
       : measure(all, a, plan.width, sums, means, factors);
  const float *gain = f.weight_data(0), *bias = f.weight_data(1);
  const Scales scales = {means, factors, gain == nullptr ? nullptr : gain + first,
                         bias == nullptr ? nullptr : bias + first};
  for (uint32_t t = 0; t < all.tokens; ++t) {
    const float* from = all.x + t * x.stride;
    float* to = y.f32() + (row + t) * y.stride + first;
    for (uint32_t i = 0; i < count; i += kColumns) {
      count - i < kColumns ? write<0>(from + i, scales, i, count - i, to + i)
                           : write<kColumns>(from + i, scales, i, kColumns, to + i);
    }
  }
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
