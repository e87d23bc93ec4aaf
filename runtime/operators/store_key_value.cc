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

// Tokens to store for a sequence and the slot of the first.
struct Target {
  uint32_t tokens, first_slot, capacity;
};

fovea_code target(const Frame& f, uint32_t sequence, Target* out, fovea_error* error) {
  const uint32_t tokens = f.input_rows(0).tokens;
  FOVEA_TRY(read_length(f, 2, sequence, tokens, &out->tokens, error));
  out->first_slot = 0;
  if (f.state(0) == nullptr) {
    out->capacity = tensor_capacity(f, f.output(0));
    return FOVEA_OK;
  }
  const uint32_t cache = f.state(0)->cache();
  out->first_slot = f.cached(cache, sequence);
  out->capacity = f.model->caches()->Get(cache)->capacity();
  const uint64_t end = uint64_t{out->first_slot} + out->tokens;
  return end <= out->capacity
             ? FOVEA_OK
             : fail(error, FOVEA_CONTEXT_FULL, f.where(FOVEA_FIELD_STATE), end, out->capacity);
}

fovea_code prepare(Run& run, fovea_error* error) {
  const Rows keys = run.frame.input_rows(0), values = run.frame.input_rows(1);
  Target ignored;
  for (uint32_t b = 0; b < keys.batch; ++b) FOVEA_TRY(target(run.frame, b, &ignored, error));
  run.divide_rows(keys.tokens, keys.width + values.width, keys.batch);
  return FOVEA_OK;
}

// Tokens from the first slot of the target on become those of a part.
void narrow(const Part& part, Target* to) {
  const uint32_t left = to->tokens < part.first ? 0 : to->tokens - part.first;
  to->tokens = left < part.count ? left : part.count;
  to->first_slot += part.first;
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const auto* attributes = f.op->attributes_as_StoreKeyValue();
  const uint32_t heads = attributes->heads(), key_width = attributes->key_width();
  const uint32_t value_width = attributes->value_width();
  const Rows keys = f.input_rows(0), values = f.input_rows(1);
  const bool states = f.state(0) != nullptr;
  Target to;
  const Part part = run.part(task);
  if (target(f, part.sequence, &to, nullptr) != FOVEA_OK) return;  // prepare() has refused it
  narrow(part, &to);
  const uint64_t first_row = uint64_t{part.sequence} * keys.tokens + part.first;
  const uint64_t first_slot = uint64_t{part.sequence} * heads * to.capacity;
  float* key_data = (states ? f.state_data(0) : f.output_rows(0).f32()) + first_slot * key_width;
  float* value_data =
      (states ? f.state_data(1) : f.output_rows(1).f32()) + first_slot * value_width;
  run.kernels->store_keys_f32({keys.f32() + first_row * keys.stride, keys.stride, key_data,
                               size_t{to.capacity} * key_width, to.tokens, heads, key_width,
                               to.first_slot});
  for (uint32_t h = 0; h < heads; ++h) {
    float* y = value_data + (uint64_t{h} * to.capacity + to.first_slot) * value_width;
    for (uint32_t t = 0; t < to.tokens; ++t) {
      const float* x = values.f32() + (first_row + t) * values.stride + h * value_width;
      std::memcpy(y + uint64_t{t} * value_width, x, value_width * sizeof(float));
    }
  }
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
