#include <cstring>

#include "runtime/features.h"
#include "runtime/operators/key_value.h"

namespace fovea {
namespace {

fovea_code check(const Frame& f, fovea_error* error) {
  const auto* attributes = f.op->attributes_as_StoreKeyValue();
  const Rows keys = f.input_rows(0), values = f.input_rows(1);
  const uint32_t heads = attributes->heads();
  constexpr uint32_t kHeads = attribute<schema::StoreKeyValue>(schema::StoreKeyValue::VT_HEADS);
  FOVEA_TRY(check_attribute(f, kHeads, heads, 1, keys.width, error));
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.input(1), FOVEA_FIELD_INPUT, 1, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, keys.width,
                        uint64_t{heads} * attributes->key_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.width,
                        uint64_t{heads} * attributes->value_width(), error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.batch, keys.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, values.tokens, keys.tokens, error));
  const Sequences rows = sequences_of(f, f.input(0));
  FOVEA_TRY(
      check_equal(f, FOVEA_FIELD_INPUT, 1, sequences_of(f, f.input(1)).packed, rows.packed, error));
  const KeyValueShape shape = {rows, heads, attributes->key_width(), attributes->value_width()};
  const bool states = f.state(0) != nullptr;
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, size_of(f.op->outputs()), states ? 0 : 2, error));
  if (!states) {
    return check_tensors(f, shape, f.input(0), f.output(0), f.output(1), FOVEA_FIELD_OUTPUT, 0,
                         error);
  }
  return f.features->caches->check_update(f, shape, error);
}

// What does not depend on the task, which is some rows.
struct Plan {
  kernels::StoreKeysF32 keys;  // row 0 of sequence 0, into its slot 0
  const float* x;              // of the values, likewise
  float* values;               // [sequences][heads][capacity][value_width]
  size_t x_stride;
  Sequences rows;
  Slots slots;
  Ring ring;
  const int32_t* held;  // tokens in the cache before the run, or null: none
  uint32_t value_width;
};

fovea_code prepare(Run& run, fovea_error*) {
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
  plan.rows = sequences_of(f, f.input(0));
  plan.slots = {a.heads(), 0, plan.rows.packed && state == nullptr};
  if (state == nullptr) {
    plan.keys.keys = f.output_rows(0).f32();
    plan.values = f.output_rows(1).f32();
    plan.slots.capacity = tensor_capacity(f, f.output(0));
  } else {
    plan.keys.keys = f.state_data(0);
    plan.values = f.state_data(1);
    plan.ring = ring_of(f, state->cache());
    plan.slots.capacity = plan.ring.capacity;
    plan.held = f.held(state->cache());
  }
  plan.keys.head_stride = size_t{plan.slots.capacity} * plan.keys.width;
  run.divide_rows(keys.rows, keys.width + values.width);
  run.keep(plan);
  return FOVEA_OK;
}

void store_values(const Plan& plan, const Piece& piece, uint32_t first_slot) {
  const size_t width = plan.value_width;
  const float* x = plan.x + piece.row * plan.x_stride;
  for (uint32_t h = 0; h < plan.slots.heads; ++h) {
    float* y = plan.values + (plan.slots.first(plan.rows, piece.sequence, h) + first_slot) * width;
    for (uint32_t t = 0; t < piece.count; ++t) {
      std::memcpy(y + t * width, x + t * plan.x_stride + h * width, width * sizeof(float));
    }
  }
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Plan& plan = run.kept<Plan>();
  const Part part = run.part(task);
  const uint32_t end = part.first + part.count;
  for (uint32_t row = part.first; row < end;) {
    Piece piece = plan.rows.piece(row, end);
    uint32_t token = piece.token;
    if (plan.held != nullptr) token += static_cast<uint32_t>(plan.held[piece.sequence]);
    const uint32_t room = plan.ring.run(token);
    if (room < piece.count) piece.count = room;
    kernels::StoreKeysF32 keys = plan.keys;
    keys.rows = piece.count;
    keys.first_slot = plan.ring.count == 0 ? token : plan.ring.slot(token);
    keys.x += row * keys.x_stride;
    keys.keys += plan.slots.first(plan.rows, piece.sequence, 0) * keys.width;
    run.kernels->store_keys_f32(keys);
    store_values(plan, piece, keys.first_slot);
    row += piece.count;
  }
}

fovea_cost cost(const Frame& f) {
  return counted(elements(f.input_rows(0)) + elements(f.input_rows(1)), 0);
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"keys"}, {"values"}};
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
