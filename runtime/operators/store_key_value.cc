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
  kernels::StoreKeys keys;  // row 0 of sequence 0, into its slot 0
  const float* x;           // of the values, likewise
  void* values;             // [sequences][heads][capacity][value_width]
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
  run.divide_rows(keys.rows, keys.width + values.width);
  run.keep(plan);
  return FOVEA_OK;
}

template <class K>
void store_keys(const Run& run, const kernels::StoreKeys& a);
template <class K>
void store_values(const Run& run, const kernels::StoreValues& a);

#define FOVEA_CACHE(name, Element, type)                                           \
  template <>                                                                      \
  void store_keys<kernels::Element>(const Run& run, const kernels::StoreKeys& a) { \
    run.kernels->store_keys_##name(a);                                             \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// Those of f32 need no kernel.
template <>
void store_values<float>(const Run&, const kernels::StoreValues& a) {
  const size_t width = a.width;
  for (uint32_t h = 0; h < a.heads; ++h) {
    float* y = static_cast<float*>(a.values) + h * a.head_stride + a.first_slot * width;
    for (uint32_t t = 0; t < a.rows; ++t) {
      std::memcpy(y + t * width, a.x + t * a.x_stride + h * width, width * sizeof(float));
    }
  }
}

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                               \
  template <>                                                                          \
  void store_values<kernels::Element>(const Run& run, const kernels::StoreValues& a) { \
    run.kernels->store_values_##name(a);                                               \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// Rows of a sequence into slots one after another.
template <class K>
void store_piece(const Run& run, const Plan& plan, const Piece& piece, uint32_t first_slot) {
  const size_t slot = plan.slots.first(plan.rows, piece.sequence, 0);
  const size_t capacity = plan.slots.capacity;
  kernels::StoreKeys keys = plan.keys;
  keys.rows = piece.count;
  keys.first_slot = first_slot;
  keys.x += piece.row * keys.x_stride;
  keys.keys = static_cast<K*>(keys.keys) + slot * kernels::slot_elements<K>(keys.width);
  keys.head_stride = capacity * kernels::slot_elements<K>(keys.width);
  store_keys<K>(run, keys);
  const size_t value = kernels::slot_elements<K>(plan.value_width);
  store_values<K>(run, {plan.x + piece.row * plan.x_stride, plan.x_stride,
                        static_cast<K*>(plan.values) + slot * value, capacity * value, piece.count,
                        keys.heads, plan.value_width, first_slot});
}

template <class K>
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
    store_piece<K>(run, plan, piece, plan.ring.count == 0 ? token : plan.ring.slot(token));
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
  d.states = {{"keys", kOptional, Role::kStored}, {"values", kOptional, Role::kStored}};
  d.check = check;
  d.prepare = prepare;
  d.run = execute<float>;
  d.cost = cost;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(StoreKeyValue, store_key_value, define())

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type) \
  FOVEA_OPERATOR_IN_CACHE(store_key_value, name, type, fovea::execute<fovea::kernels::Element>)
#include "kernels/caches.inc"
#undef FOVEA_CACHE
