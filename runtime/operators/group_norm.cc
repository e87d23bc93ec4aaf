#include "runtime/operators/check.h"

namespace fovea {
namespace {

using A = schema::GroupNorm;

constexpr uint32_t kColumns = 16;  // looked at together
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
  constexpr uint32_t kEpsilon = attribute<A>(A::VT_EPSILON);
  return a.epsilon() >= 0.0f && a.epsilon() < 1.0f
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_attribute(f, kEpsilon), 1, 0);
}

// Groups side by side: as many as have so many columns together, or one.
uint32_t groups_together(uint32_t width) {
  return width < kColumns ? kColumns / width : 1;
}

struct Plan {
  uint32_t width, together, sets;  // columns of a group; of a sequence
  uint32_t sets_per_task, tasks_per_sequence;
};

fovea_code prepare(Run& run, fovea_error*) {
  const Rows x = run.frame.input_rows(0);
  const uint32_t groups = run.frame.op->attributes_as_GroupNorm()->groups();
  const uint32_t sequences = sequences_of(run.frame, run.frame.input(0)).count;
  Plan plan = {};
  plan.width = x.width / groups;
  plan.together = groups_together(plan.width);
  plan.sets = (groups + plan.together - 1) / plan.together;
  plan.sets_per_task = run.units_per_task(plan.sets, uint64_t{4} * x.rows * x.width, 1);
  plan.tasks_per_sequence = (plan.sets + plan.sets_per_task - 1) / plan.sets_per_task;
  run.tasks = sequences * plan.tasks_per_sequence;
  run.keep(plan);
  return FOVEA_OK;
}

// Columns of the tokens of one sequence.
struct Columns {
  const float* x;
  size_t stride;
  uint32_t tokens, count;
};

// The sums over tokens of each column, less `mean`, or of the squares of that: f32 within a block,
// exact to the last places between them.
template <bool squares>
void add_columns(const Columns& c, const float* mean, double* sums) {
  double all[kColumns] = {};
  for (uint32_t first = 0; first < c.tokens; first += kBlock) {
    const uint32_t end = c.tokens - first < kBlock ? c.tokens : first + kBlock;
    float block[kColumns] = {};
    for (uint32_t t = first; t < end; ++t) {
      const float* row = c.x + t * c.stride;
      for (uint32_t i = 0; i < c.count; ++i) {
        const float centered = squares ? row[i] - mean[i] : row[i];
        block[i] += squares ? centered * centered : centered;
      }
    }
    for (uint32_t i = 0; i < c.count; ++i) all[i] += static_cast<double>(block[i]);
  }
  for (uint32_t i = 0; i < c.count; ++i) sums[i] = all[i];
}

// Groups from column `first` on, `columns` in all.
struct Set {
  uint32_t first, columns, width;
};

// The mean of each group, or of its numbers' squared distances from that.
template <bool squares>
void measure(const Columns& all, const Set& set, const float* means, float* made) {
  double totals[kColumns] = {};
  for (uint32_t first = 0; first < set.columns; first += kColumns) {
    const uint32_t left = set.columns - first;
    const Columns some = {all.x + first, all.stride, all.tokens, left < kColumns ? left : kColumns};
    float mean[kColumns] = {};
    double sums[kColumns];
    for (uint32_t i = 0; squares && i < some.count; ++i) mean[i] = means[(first + i) / set.width];
    add_columns<squares>(some, mean, sums);
    for (uint32_t i = 0; i < some.count; ++i) totals[(first + i) / set.width] += sums[i];
  }
  const double count = static_cast<double>(uint64_t{all.tokens} * set.width);
  for (uint32_t g = 0; g < set.columns / set.width; ++g) {
    made[g] = static_cast<float>(totals[g] / count);
  }
}

void norm(const Frame& f, const Columns& all, const Set& set, float* y, size_t stride) {
  const float epsilon = f.op->attributes_as_GroupNorm()->epsilon();
  const float *gain = f.weight_data(0), *bias = f.weight_data(1);
  float means[kColumns], factors[kColumns];
  measure<false>(all, set, nullptr, means);
  measure<true>(all, set, means, factors);
  for (uint32_t g = 0; g < set.columns / set.width; ++g) {
    factors[g] = 1.0f / __builtin_sqrtf(factors[g] + epsilon);
  }
  for (uint32_t t = 0; t < all.tokens; ++t) {
    const float* from = all.x + t * all.stride;
    float* to = y + t * stride;
    for (uint32_t i = 0, g = 0, left = set.width; i < set.columns; ++i) {
      float value = (from[i] - means[g]) * factors[g];
      if (gain != nullptr) value *= gain[set.first + i];
      if (bias != nullptr) value += bias[set.first + i];
      to[i] = value;
      if (--left == 0) {
        ++g;
        left = set.width;
      }
    }
  }
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Plan& plan = run.kept<Plan>();
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const Sequences rows = sequences_of(f, f.input(0));
  const uint32_t b = task / plan.tasks_per_sequence;
  const uint32_t begin = task % plan.tasks_per_sequence * plan.sets_per_task;
  const uint32_t left = plan.sets - begin;
  const uint32_t end = begin + (left < plan.sets_per_task ? left : plan.sets_per_task);
  const size_t first_row = rows.first(b);
  for (uint32_t set = begin; set < end; ++set) {
    const uint32_t each = plan.together * plan.width, first = set * each;
    const uint32_t columns = x.width - first < each ? x.width - first : each;
    norm(f, {x.f32() + first_row * x.stride + first, x.stride, rows.length(b), columns},
         {first, columns, plan.width}, y.f32() + first_row * y.stride + first, y.stride);
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
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(GroupNorm, group_norm, define())
