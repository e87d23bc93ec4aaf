#include "runtime/features.h"
#include "runtime/operators/attention.h"
#include "runtime/operators/key_value.h"

namespace fovea {

uint32_t attention_width(const Frame& f) {
  return f.state(0) != nullptr ? f.model->caches()->Get(f.state(0)->cache())->context()
                               : tensor_capacity(f, f.input(1));
}

uint32_t key_capacity(const Frame& f) {
  return f.state(0) != nullptr ? f.model->caches()->Get(f.state(0)->cache())->capacity()
                               : tensor_capacity(f, f.input(1));
}

uint32_t key_positions(const Frame& f) {
  const bool goes_round =
      f.state(0) != nullptr && f.model->caches()->Get(f.state(0)->cache())->ring() != 0;
  return goes_round ? attention_width(f) : key_capacity(f);
}

// Inputs: query, [keys, values].
fovea_code check_attention(const Frame& f, fovea_error* error) {
  const auto* a = f.op->attributes_as_Attention();
  const Rows query = f.input_rows(0), y = f.output_rows(0);
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.batch, query.batch, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.tokens, query.tokens, error));
  constexpr uint32_t kHeads = attribute<schema::Attention>(schema::Attention::VT_HEADS);
  constexpr uint32_t kKvHeads = attribute<schema::Attention>(schema::Attention::VT_KV_HEADS);
  FOVEA_TRY(check_attribute(f, kKvHeads, a->kv_heads(), 1, query.width, error));
  FOVEA_TRY(check_attribute(f, kHeads, a->heads(), a->kv_heads(), query.width, error));
  FOVEA_TRY(check_attribute(f, kHeads, a->heads() % a->kv_heads(), 0, 0, error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, query.width, uint64_t{a->heads()} * a->key_width(),
                        error));
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_OUTPUT, 0, y.width, uint64_t{a->heads()} * a->value_width(),
                        error));
  if (!(a->scale() > 0.0f && a->scale() < 1e6f)) {
    constexpr uint32_t kScale = attribute<schema::Attention>(schema::Attention::VT_SCALE);
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kScale), 0, 1000000);
  }
  KeyValueShape shape = {sequences_of(f, f.input(0)), a->kv_heads(), a->key_width(),
                         a->value_width()};
  constexpr uint32_t kKeyTokens = attribute<schema::Attention>(schema::Attention::VT_KEY_TOKENS);
  const bool apart = f.state(0) == nullptr && !shape.rows.packed;
  FOVEA_TRY(check_attribute(f, kKeyTokens, a->key_tokens(), 0u, apart ? kMaxExtent : 0u, error));
  if (a->key_tokens() > 0) shape.rows.most = a->key_tokens();
  if (f.state(0) != nullptr) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) < 0 && f.input(2) < 0, 1, error));
    return f.features->caches->check_states(f, shape, error);
  }
  FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 1, f.input(1) >= 0 && f.input(2) >= 0, 1, error));
  return check_tensors(f, shape, f.input(0), f.input(1), f.input(2), FOVEA_FIELD_INPUT, 1, error);
}

}  // namespace fovea
