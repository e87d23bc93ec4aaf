#include <cstring>

#include "runtime/features.h"
#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

using A = schema::History;

// Rows of a slot.
uint32_t slot_rows(const Frame& f) {
  return f.state(0)->width() / f.input_rows(0).width;
}

// y has the rows of x and those before them, or always as many.
fovea_code check_rows(const Frame& f, const A& a, fovea_error* error) {
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, x.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, x.width, error));
  for (const fovea_field field : {FOVEA_FIELD_INPUT, FOVEA_FIELD_OUTPUT}) {
    const int32_t tensor = field == FOVEA_FIELD_INPUT ? f.input(0) : f.output(0);
    FOVEA_TRY(check_sequences(f, tensor, field, 0, error));
    FOVEA_TRY(check_equal(f, field, 0, is_packed(*f.method, *f.tensor(tensor)), false, error));
  }
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_BEFORE), a.before(), 0u, kMaxExtent, error));
  FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_ROWS), a.rows(), 0u, kMaxExtent, error));
  if (a.rows() != 0) {
    FOVEA_TRY(check_attribute(f, attribute<A>(A::VT_BEFORE), a.before(), 0u, 0u, error));
    return check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, a.rows(), error);
  }
  const fovea_derived_dims* derived = f.features->derived_dims;
  if (derived != nullptr && derived->follows(f, f.output(0), f.input(0), a.before(), 1)) {
    return FOVEA_OK;
  }
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, uint64_t{y.tokens}, uint64_t{x.tokens} + a.before(),
                     error);
}

// What y has of earlier runs is still there, whatever runs have stored since, also one that was
// not finished.
fovea_code check_ring(const Frame& f, const A& a, fovea_error* error) {
  const uint32_t cache = f.state(0)->cache(), each = slot_rows(f);
  const Ring ring = ring_of(f, cache);
  if (ring.count == 0) return FOVEA_OK;
  const uint32_t earlier =
      a.rows() == 0 ? a.before() : a.rows() - (a.rows() < each ? a.rows() : each);
  const uint64_t needed = (uint64_t{earlier} + each - 1) / each + most_stored(*f.model, cache);
  return needed <= ring.count
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_RING), ring.count, needed);
}

fovea_code check_state(const Frame& f, fovea_error* error) {
  const Rows x = f.input_rows(0);
  const schema::State& state = *f.state(0);
  constexpr auto kValues = static_cast<uint32_t>(schema::StateLayout::Values);
  const Place place = part_of(FOVEA_FIELD_STATE, 0);
  FOVEA_TRY(check_sequence_count(f, x.batch, error));
  FOVEA_TRY(check_within(f, place, static_cast<uint32_t>(state.layout()), kValues, kValues, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, 0, state.heads(), 1u, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_STATE, 0, state.width() % x.width, 0u, error));
  const schema::CacheUpdate* update = f.update_of(state.cache());
  if (update == nullptr || update->mode() != schema::UpdateMode::Append) {
    return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_STATE), 0, 0);
  }
  return check_equal(f, FOVEA_FIELD_INPUT, 0, uint64_t{x.tokens},
                     uint64_t{f.dims[update->dim()]} * slot_rows(f), error);
}

fovea_code check(const Frame& f, fovea_error* error) {
  const A& a = *f.op->attributes_as_History();
  FOVEA_TRY(check_rows(f, a, error));
  FOVEA_TRY(check_state(f, error));
  return check_ring(f, a, error);
}

// A task takes some rows of each sequence's x and y, counted from their first ones.
struct Plan {
  Rows x, y;
  float* state;         // [sequences][capacity][each][width]
  const int32_t* held;  // slots of each sequence
  Ring ring;
  uint32_t each, most;  // rows of a slot, of x or y

  float* row(uint32_t sequence, uint64_t row) const {
    const uint32_t slot = ring.slot(static_cast<uint32_t>(row / each));
    const size_t at = (size_t{sequence} * ring.capacity + slot) * each + row % each;
    return state + at * x.width;
  }
};

fovea_code prepare(Run& run, fovea_error*) {
  const Frame& f = run.frame;
  Plan plan = {};
  plan.x = f.input_rows(0);
  plan.y = f.output_rows(0);
  plan.state = reinterpret_cast<float*>(f.state_data(0));
  plan.held = f.held(f.state(0)->cache());
  plan.ring = ring_of(f, f.state(0)->cache());
  plan.each = slot_rows(f);
  plan.most = plan.x.tokens > plan.y.tokens ? plan.x.tokens : plan.y.tokens;
  run.divide_rows(plan.x.batch * plan.most, plan.x.width);
  run.keep(plan);
  return FOVEA_OK;
}

// Row i of y: of x or, counted from the end of what earlier runs stored, of the state.
void make_row(const Plan& plan, uint32_t sequence, uint32_t i) {
  const Rows &x = plan.x, &y = plan.y;
  const size_t bytes = x.width * sizeof(float);
  float* const to = y.f32() + (size_t{sequence} * y.tokens + i) * y.stride;
  const int64_t place = int64_t{i} - y.tokens + x.tokens;
  const int64_t earlier =
      place + int64_t{plan.held[sequence]} * plan.each;  // of the whole sequence
  if (place >= 0) {
    const size_t row = size_t{sequence} * x.tokens + static_cast<size_t>(place);
    std::memcpy(to, x.f32() + row * x.stride, bytes);
  } else if (earlier >= 0) {
    std::memcpy(to, plan.row(sequence, static_cast<uint64_t>(earlier)), bytes);
  } else {
    std::memset(to, 0, bytes);
  }
}

void store_row(const Plan& plan, uint32_t sequence, uint32_t i) {
  const Rows& x = plan.x;
  const uint64_t row = uint64_t{static_cast<uint32_t>(plan.held[sequence])} * plan.each + i;
  const float* from = x.f32() + (size_t{sequence} * x.tokens + i) * x.stride;
  std::memcpy(plan.row(sequence, row), from, x.width * sizeof(float));
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Plan& plan = run.kept<Plan>();
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    const uint32_t sequence = r / plan.most, i = r % plan.most;
    if (i < plan.y.tokens) make_row(plan, sequence, i);
    if (i < plan.x.tokens) store_row(plan, sequence, i);
  }
}

fovea_cost cost(const Frame& f) {
  const Checked moved = elements(f.input_rows(0)) + elements(f.output_rows(0));
  return counted(moved, moved * 2 * sizeof(float));
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.states = {{"rows", kF32, Role::kStored}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(History, history, define())
