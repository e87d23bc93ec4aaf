#include <cstring>

#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

// Inputs: keys, values, [lengths].
fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_StoreKeyValue();
  const Rows keys = f.input_rows(0), values = f.input_rows(1);
  const uint32_t heads = attributes->heads();
  FOVEA_TRY(check_attribute(f, heads, 1, keys.width, error));
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.input(1), FOVEA_FIELD_INPUT, 1, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, keys.width,
                        uint64_t{heads} * attributes->key_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.width,
                        uint64_t{heads} * attributes->value_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.batch, keys.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.tokens, keys.tokens, error));
  FOVEA_TRY(check_lengths(f, 2, keys.batch, error));
  const KeyValueShape shape = {keys.batch, keys.tokens, heads, attributes->key_width(),
                               attributes->value_width()};
  const bool states = f.state(0) != nullptr;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, size_of(f.op->outputs()), states ? 0 : 2, error));
  if (!states) {
    return check_tensors(f, shape, f.output(0), f.output(1), FOVEA_FIELD_OUTPUT, 0, error);
  }
  FOVEA_TRY(check_states(f, shape, error));
  // What is stored counts only if the method says so.
  const schema::CacheUpdate* update = f.update_of(f.state(0)->cache());
  if (update == nullptr) return fail(error, FOVEA_BAD_VALUE, f.where(FOVEA_FIELD_STATE), 0, 0);
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, keys.tokens, f.dims[update->dim()], error));
  return check_equal(f, FOVEA_FIELD_INPUT, 2, static_cast<uint64_t>(int64_t{f.input(2)}),
                     static_cast<uint64_t>(int64_t{update->lengths()}), error);
}

// What does not depend on the task. A task is some sequences or, where that is one, some tokens.
struct Plan {
  kernels::StoreKeysF32 keys;  // row 0 of sequence 0, into its slot 0
  const float* x;              // of the values, likewise
  float* values;               // [sequences][heads][capacity][value_width]
  size_t x_stride;
  Lengths lengths;
  const int32_t* held;  // tokens in the cache before the run, or null: none
  uint32_t value_width, capacity;
  uint32_t sequences, sequences_per_task;
};

fovea_code prepare(Run& run, fovea_error* error) {
  const Frame& f = run.frame;
  const schema::StoreKeyValue& a = *f.op->attributes_as_StoreKeyValue();
  const Rows keys = f.input_rows(0), values = f.input_rows(1);
  const schema::State* state = f.state(0);
  Plan plan = {};
  plan.keys.x = keys.f32();
  plan.keys.x_stride = keys.stride;
  plan.keys.heads = a.heads();
  plan.keys.width = a.key_width();
  plan.x = values.f32();
  plan.x_stride = values.stride;
  plan.value_width = a.value_width();
  plan.sequences = keys.batch;
  FOVEA_TRY(read_lengths(f, 2, keys, &plan.lengths, error));
  if (state == nullptr) {
    plan.keys.keys = f.output_rows(0).f32();
    plan.values = f.output_rows(1).f32();
    plan.capacity = tensor_capacity(f, f.output(0));
  } else {
    plan.keys.keys = f.state_data(0);
    plan.values = f.state_data(1);
    plan.capacity = f.model->caches()->Get(state->cache())->capacity();
    plan.held = f.held(state->cache());
  }
  plan.keys.head_stride = size_t{plan.capacity} * plan.keys.width;
  const uint32_t width = keys.width + values.width;
  run.divide_rows(keys.tokens, width, keys.batch);
  plan.sequences_per_task = run.units_per_task(keys.batch, uint64_t{keys.rows} * width, 1);
  if (plan.sequences_per_task > 1) {
    run.tasks = (keys.batch + plan.sequences_per_task - 1) / plan.sequences_per_task;
  }
  run.keep(plan);
  return FOVEA_OK;
}

void store_values(const Plan& plan, uint32_t sequence, const float* x, uint32_t first_slot,
                  uint32_t tokens) {
  const size_t width = plan.value_width;
  for (uint32_t h = 0; h < plan.keys.heads; ++h) {
    const size_t slice = size_t{sequence} * plan.keys.heads + h;
    float* y = plan.values + (slice * plan.capacity + first_slot) * width;
    for (uint32_t t = 0; t < tokens; ++t) {
      std::memcpy(y + t * width, x + t * plan.x_stride + h * width, width * sizeof(float));
    }
  }
}

// The tokens of a part that are within their sequence.
void store(const Run& run, const Plan& plan, const Part& part) {
  const uint32_t held = plan.held == nullptr ? 0 : static_cast<uint32_t>(plan.held[part.sequence]);
  const uint32_t length = plan.lengths.of(part.sequence);
  // A run starts only where there is room, but a caller may have written other lengths meanwhile.
  if (length <= part.first || uint64_t{held} + length > plan.capacity) return;
  const size_t row = size_t{part.sequence} * plan.lengths.tokens + part.first;
  kernels::StoreKeysF32 keys = plan.keys;
  keys.rows = length - part.first < part.count ? length - part.first : part.count;
  keys.first_slot = held + part.first;
  keys.x += row * keys.x_stride;
  keys.keys += size_t{part.sequence} * keys.heads * keys.head_stride;
  run.kernels->store_keys_f32(keys);
  store_values(plan, part.sequence, plan.x + row * plan.x_stride, keys.first_slot, keys.rows);
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Plan& plan = run.kept<Plan>();
  if (plan.sequences_per_task == 1) return store(run, plan, run.part(task));
  const uint32_t first = task * plan.sequences_per_task, left = plan.sequences - first;
  const uint32_t count = left < plan.sequences_per_task ? left : plan.sequences_per_task;
  for (uint32_t b = first; b < first + count; ++b) store(run, plan, {b, 0, plan.lengths.tokens});
}

fovea_cost cost(const Frame& f) {
  return counted(elements(f.input_rows(0)) + elements(f.input_rows(1)), 0);
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"keys"}, {"values"}, {"lengths", kI32 | kOptional, Role::kLengths}};
  d.outputs = {{"stored keys", kOptional, Role::kStored},
               {"stored values", kOptional, Role::kStored}};
  d.states = {{"keys", kOptional}, {"values", kOptional}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(StoreKeyValue, store_key_value, define())
