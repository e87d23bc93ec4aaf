// Checks of caches, their states and their updates: linked only with models that have some.

#include "runtime/layout.h"
#include "runtime/operators/sequences.h"
#include "runtime/verify_method.h"

namespace fovea {

static fovea_code verify_caches_alone(const schema::Model& model, fovea_error* error) {
  FOVEA_TRY(check_at_most(size_of(model.caches()), kMaxCaches,
                          Where{FOVEA_TABLE_MODEL}.at(FOVEA_FIELD_SEQUENCE), error));
  for (uint32_t i = 0; i < size_of(model.caches()); ++i) {
    const schema::Cache* cache = model.caches()->Get(i);
    const Where where = {FOVEA_TABLE_CACHE, i, 0, FOVEA_FIELD_SIZE};
    if (cache->capacity() == 0 || cache->capacity() % kernels::kPanel != 0 ||
        cache->context() == 0) {
      return fail(error, FOVEA_BAD_VALUE, where, cache->capacity(), kMaxExtent);
    }
    FOVEA_TRY(check_at_most(cache->capacity(), kMaxExtent, where, error));
    if (cache->ring() > cache->capacity() || cache->ring() % kernels::kPanel != 0) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_RING, cache->ring(),
                     cache->capacity());
    }
    const uint32_t most = cache->ring() == 0 ? cache->capacity() : INT32_MAX;
    FOVEA_TRY(check_at_most(cache->context(), most, where, error));
  }
  return FOVEA_OK;
}

static fovea_code verify_states(const schema::Model& model, fovea_error* error) {
  Checked total = 0;
  for (uint32_t i = 0; i < size_of(model.states()); ++i) {
    const schema::State* state = model.states()->Get(i);
    const Where where = {FOVEA_TABLE_STATE, i};
    if (!is_state_type(state->dtype())) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_TYPE,
                     static_cast<uint32_t>(state->dtype()), 0);
    }
    FOVEA_TRY(check_at_most(static_cast<uint32_t>(state->layout()),
                            static_cast<uint32_t>(schema::StateLayout::MAX), where,
                            FOVEA_FIELD_LAYOUT, error));
    FOVEA_TRY(
        check_below(state->cache(), size_of(model.caches()), where, FOVEA_FIELD_STATE, error));
    if (state->heads() == 0 || state->width() == 0) {
      return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_EXTENTS, 0, 1);
    }
    if (state->offset() != total.value()) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_OFFSET, state->offset(),
                     total.value());
    }
    total = total + state_bytes(model, *state);
    if (!total.within(kMaxBytes)) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_SIZE, total.value(), kMaxBytes);
    }
  }
  return FOVEA_OK;
}

// They follow each other.
uint64_t states_bytes(const schema::Model& model) {
  const uint32_t count = size_of(model.states());
  if (count == 0) return 0;
  const schema::State* last = model.states()->Get(count - 1);
  return last->offset() + state_bytes(model, *last);
}

fovea_code verify_caches(const schema::Model& model, fovea_error* error) {
  FOVEA_TRY(verify_caches_alone(model, error));
  return verify_states(model, error);
}

fovea_code verify_updates(const MethodCheck& c) {
  for (uint32_t i = 0; i < size_of(c.method.updates()); ++i) {
    const schema::CacheUpdate* update = c.method.updates()->Get(i);
    const Where where = {FOVEA_TABLE_UPDATE, i, c.index};
    FOVEA_TRY(
        check_below(update->cache(), size_of(c.model.caches()), where, FOVEA_FIELD_STATE, c.error));
    for (uint32_t j = 0; j < i; ++j) {
      if (c.method.updates()->Get(j)->cache() == update->cache()) {
        return fail_at(c.error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_STATE, update->cache(), j);
      }
    }
    FOVEA_TRY(check_at_most(static_cast<uint32_t>(update->mode()),
                            static_cast<uint32_t>(schema::UpdateMode::MAX), where,
                            FOVEA_FIELD_ATTRIBUTE, c.error));
    FOVEA_TRY(
        check_below(update->dim(), size_of(c.model.dims()), where, FOVEA_FIELD_EXTENTS, c.error));
    const uint32_t most = c.dim(update->dim()).max();
    const uint32_t context = c.model.caches()->Get(update->cache())->context();
    // Packed rows are those of several sequences, whose lengths a run looks at.
    if (most > context && !is_packed(c.method, *update)) {
      return fail(c.error, FOVEA_CONTEXT_TOO_SMALL,
                  {FOVEA_TABLE_CACHE, update->cache(), c.index, FOVEA_FIELD_SIZE}, most, context);
    }
  }
  return FOVEA_OK;
}

}  // namespace fovea
