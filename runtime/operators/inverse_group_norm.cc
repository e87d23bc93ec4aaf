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

// What the tasks of a group leave to each other.
struct Found {
  Sum sum, squares;
  Moments moments;
};

uint64_t scratch(const Frame&) {
  return round_up(sizeof(Found), FOVEA_ALIGNMENT);
}

// A group of a sequence is a task or, in sliced runs, some of them, which go on from each other:
// those that sum up some rows of x, then squares, then those that write some numbers.
struct Plan {
  uint32_t groups, width;  // of a row of x; its columns in a group
  size_t each;             // numbers of z in a group
  uint32_t size, sums;     // rows of x at a time; tasks of a group that sum them up
  uint32_t tasks;          // of a group
};

constexpr uint32_t kFineNumbers = Run::fine_rows(1);

fovea_code prepare(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  const Rows z = f.input_rows(0), x = f.input_rows(1);
  Plan plan = {};
  plan.groups = f.op->attributes_as_InverseGroupNorm()->groups();
  plan.width = x.width / plan.groups;
  plan.each = size_t{z.tokens} * z.width / plan.groups;
  plan.tasks = 1;
  plan.size = Run::fine_rows(plan.width);
  if (run.grain == Grain::kFine && (x.tokens > plan.size || plan.each > kFineNumbers)) {
    plan.sums = (x.tokens + plan.size - 1) / plan.size;
    const size_t written = (plan.each + kFineNumbers - 1) / kFineNumbers;
    plan.tasks = 2 * plan.sums + static_cast<uint32_t>(written);
  }
  run.tasks = z.batch * plan.groups * plan.tasks;
  run.keep(plan);
  return FOVEA_OK;
}

// Numbers [first, first + count) of a group of a sequence.
void write(const Frame& f, uint32_t unit, const Plan& plan, const Moments& m, size_t first,
           size_t count) {
  const size_t before = unit / plan.groups * plan.each * plan.groups, group = unit % plan.groups;
  const float* from = f.input_rows(0).f32() + before + group * plan.each + first;
  float* to = f.output_rows(0).f32() + before + group + first * plan.groups;
  for (size_t i = 0; i < count; ++i) to[i * plan.groups] = from[i] * m.deviation + m.mean;
}

void execute(const Run& run, uint32_t task, uint32_t worker) {
  const Frame& f = run.frame;
  const A& a = *f.op->attributes_as_InverseGroupNorm();
  const Plan& plan = run.kept<Plan>();
  const Rows x = f.input_rows(1);
  const uint32_t unit = task / plan.tasks, step = task % plan.tasks;
  const uint32_t b = unit / plan.groups, group = unit % plan.groups;
  Columns c = {x.f32() + size_t{b} * x.tokens * x.stride + group * plan.width, x.stride, x.tokens,
               plan.width};
  if (plan.tasks == 1) return write(f, unit, plan, moments_of(c, a), 0, plan.each);
  auto* found = reinterpret_cast<Found*>(run.scratch_of(worker));
  if (step >= 2 * plan.sums) {
    const size_t first = size_t{step - 2 * plan.sums} * kFineNumbers, left = plan.each - first;
    return write(f, unit, plan, found->moments, first, left < kFineNumbers ? left : kFineNumbers);
  }
  if (step == 0) *found = {};
  const bool squares = step >= plan.sums;
  const uint32_t token = step % plan.sums * plan.size;
  c.x += token * c.stride;
  c.tokens = c.tokens - token < plan.size ? c.tokens - token : plan.size;
  Sum& sum = squares ? found->squares : found->sum;
  sum.add(c, a.missing(), found->moments.mean, squares);
  if (step + 1 == plan.sums) found->moments.mean = sum.mean(0.0);
  if (step + 1 == 2 * plan.sums) found->moments.deviation = deviation_of(sum, a);
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
  d.scratch = scratch;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(InverseGroupNorm, inverse_group_norm, define())
