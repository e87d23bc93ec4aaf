// What runs do to caches: linked only with models that have some.

#include "runtime/features.h"
#include "runtime/operators/key_value.h"
#include "runtime/session.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

// Tokens that an update adds to a cache for a sequence.
uint32_t added_tokens(const Frame& f, const schema::CacheUpdate& update, uint32_t sequence) {
  const uint32_t* starts = f.memory.starts + sequence;
  return is_packed(*f.method, update) ? starts[1] - starts[0] : f.dims[update.dim()];
}

// Whether operator `index` of the method writes to a cache.
bool stores_to(const fovea_session& s, const Frame& f, uint32_t index, uint32_t cache) {
  const schema::Operator& op = *f.method->operators()->Get(index);
  if (size_of(op.states()) == 0 || !definition_of(s, op).fills_states) return false;
  const uint32_t state = static_cast<uint32_t>(op.states()->Get(0));
  return f.model->states()->Get(state)->cache() == cache;
}

// Sequences that an update concerns: those of the packed rows that it counts, or those that the
// method stores to the cache, or all where it stores none.
uint32_t updated_sequences(const fovea_session& s, const Frame& f,
                           const schema::CacheUpdate& update) {
  if (is_packed(*f.method, update)) return f.rows(f.method->lengths()).width;
  for (uint32_t i = 0; i < size_of(f.method->operators()); ++i) {
    if (!stores_to(s, f, i, update.cache())) continue;
    return f.rows(f.method->operators()->Get(i)->inputs()->Get(0)).batch;
  }
  return f.model->sequences();
}

// There is room for what the run will store.
fovea_code check_room(const fovea_session& s, const Frame& f, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    const uint32_t context = f.model->caches()->Get(update.cache())->context();
    const uint32_t sequences = updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) {
      const uint64_t end = uint64_t{f.cached(update.cache(), b)} + added_tokens(f, update, b);
      if (end > context) {
        return fail(error, FOVEA_CONTEXT_FULL,
                    {FOVEA_TABLE_CACHE, update.cache(), f.method_index, FOVEA_FIELD_SEQUENCE, b},
                    end, context);
      }
    }
  }
  return FOVEA_OK;
}

void commit_lengths(const fovea_session& s, const Frame& f) {
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    const uint32_t sequences = updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) {
      const uint32_t length = f.cached(update.cache(), b) + added_tokens(f, update, b);
      s.length(update.cache(), b) = static_cast<int32_t>(length);
    }
  }
}

// After a run that ended early, of which the first `started` operators have written something. A
// cache that the method replaces is overwritten from its first slot on, so it holds neither the old
// tokens nor the new ones: it is empty. One that the method appends to keeps its tokens: what was
// written lies in slots past their end, which nobody reads before a later run has stored to them,
// since attention, saving and positions all stop at the length.
void forget_replaced(const fovea_session& s, const Frame& f, uint32_t started) {
  for (uint32_t i = 0; i < size_of(f.method->updates()); ++i) {
    const schema::CacheUpdate& update = *f.method->updates()->Get(i);
    if (update.mode() != schema::UpdateMode::Replace) continue;
    uint32_t op = 0;
    while (op < started && !stores_to(s, f, op, update.cache())) ++op;
    const uint32_t sequences = op == started ? 0 : updated_sequences(s, f, update);
    for (uint32_t b = 0; b < sequences; ++b) s.length(update.cache(), b) = 0;
  }
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_caches fovea_feature_caches = {
    fovea::verify_caches,          fovea::states_bytes,   fovea::verify_updates,
    fovea::verify_state_attention, fovea::verify_updated, fovea::check_states,
    fovea::check_update,           fovea::check_room,     fovea::commit_lengths,
    fovea::forget_replaced};
extern "C" constexpr fovea_caches fovea_trusted_caches = {nullptr,
                                                          fovea::states_bytes,
                                                          nullptr,
                                                          nullptr,
                                                          nullptr,
                                                          nullptr,
                                                          nullptr,
                                                          fovea::check_room,
                                                          fovea::commit_lengths,
                                                          fovea::forget_replaced};
