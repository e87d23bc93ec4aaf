#include "runtime/verify.h"

#include "runtime/dims.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

fovea_code verify_features(const schema::Model& model, fovea_error* error) {
  const Where where = {FOVEA_TABLE_MODEL};
  if (model.format() != kFormatVersion) {
    return fail(error, FOVEA_UNKNOWN_VERSION, where, model.format(), kFormatVersion);
  }
  if (model.arithmetic_revision() != kernels::kArithmeticRevision) {
    return fail(error, FOVEA_UNKNOWN_REVISION, where, model.arithmetic_revision(),
                kernels::kArithmeticRevision);
  }
  // Format 1 has no optional features yet, so any name is one that this library lacks.
  if (size_of(model.features()) != 0) return fail(error, FOVEA_UNKNOWN_FEATURE, where);
  return FOVEA_OK;
}

fovea_code verify_dims(const schema::Model& model, fovea_error* error) {
  FOVEA_TRY(check_at_most(size_of(model.dims()), kMaxDims,
                          Where{FOVEA_TABLE_MODEL}.at(FOVEA_FIELD_COUNT), error));
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    const Where where = {FOVEA_TABLE_DIM, i, 0, FOVEA_FIELD_EXTENTS};
    const uint32_t max = model.dims()->Get(i)->max();
    if (max == 0) return fail(error, FOVEA_BAD_VALUE, where, 0, kMaxExtent);
    FOVEA_TRY(check_at_most(max, kMaxExtent, where, error));
    if (is_derived(*model.dims()->Get(i))) FOVEA_TRY(verify_derived(model, i, error));
  }
  return FOVEA_OK;
}

fovea_code verify_weight(const schema::Weight& weight, const Where& where, fovea_error* error) {
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(weight.dtype()),
                          static_cast<uint32_t>(schema::DType::MAX), where, FOVEA_FIELD_TYPE,
                          error));
  const uint32_t rank = size_of(weight.shape());
  if (!layout_takes_rank(weight.layout(), rank)) {
    return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_LAYOUT, rank,
                   static_cast<uint32_t>(weight.layout()));
  }
  for (uint32_t i = 0; i < rank; ++i) {
    const uint32_t extent = weight.shape()->Get(i);
    if (extent == 0) return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_EXTENTS, i), 0, 1);
    FOVEA_TRY(check_at_most(extent, kMaxExtent, where.at(FOVEA_FIELD_EXTENTS, i), error));
  }
  const Checked bytes = weight_bytes(weight.layout(), weight.shape()->data(), rank, weight.dtype());
  if (!bytes.within(kMaxBytes) || bytes.value() != weight.size()) {
    return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_SIZE, weight.size(), bytes.value());
  }
  if (weight.offset() % kFileAlignment != 0) {
    return fail_at(error, FOVEA_MISALIGNED, where, FOVEA_FIELD_OFFSET,
                   weight.offset() % kFileAlignment, kFileAlignment);
  }
  return FOVEA_OK;
}

fovea_code verify_weights(const schema::Model& model, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.weights()); ++i) {
    FOVEA_TRY(verify_weight(*model.weights()->Get(i), {FOVEA_TABLE_WEIGHT, i}, error));
  }
  return FOVEA_OK;
}

fovea_code verify_caches(const schema::Model& model, fovea_error* error) {
  const Where whole = {FOVEA_TABLE_MODEL, 0, 0, FOVEA_FIELD_SEQUENCE};
  if (model.sequences() == 0) return fail(error, FOVEA_BAD_VALUE, whole, 0, kMaxSequences);
  FOVEA_TRY(check_at_most(model.sequences(), kMaxSequences, whole, error));
  FOVEA_TRY(check_at_most(size_of(model.caches()), kMaxCaches, whole, error));
  for (uint32_t i = 0; i < size_of(model.caches()); ++i) {
    const schema::Cache* cache = model.caches()->Get(i);
    const Where where = {FOVEA_TABLE_CACHE, i, 0, FOVEA_FIELD_SIZE};
    if (cache->capacity() == 0 || cache->capacity() % kernels::kPanel != 0 ||
        cache->context() == 0) {
      return fail(error, FOVEA_BAD_VALUE, where, cache->capacity(), kMaxExtent);
    }
    FOVEA_TRY(check_at_most(cache->capacity(), kMaxExtent, where, error));
    FOVEA_TRY(check_at_most(cache->context(), cache->capacity(), where, error));
  }
  return FOVEA_OK;
}

fovea_code verify_states(const schema::Model& model, fovea_error* error) {
  Checked total = 0;
  for (uint32_t i = 0; i < size_of(model.states()); ++i) {
    const schema::State* state = model.states()->Get(i);
    const Where where = {FOVEA_TABLE_STATE, i};
    FOVEA_TRY(
        check_at_most(static_cast<uint32_t>(state->dtype()), 0, where, FOVEA_FIELD_TYPE, error));
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
    total = total + state_bytes(model.sequences(), state->heads(),
                                model.caches()->Get(state->cache())->capacity(), state->width());
    if (!total.within(kMaxBytes)) {
      return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_SIZE, total.value(), kMaxBytes);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_method(const schema::Model& model, uint32_t index,
                         const fovea_operators& operators, Steps* steps, fovea_error* error) {
  const MethodCheck c = {model, *model.methods()->Get(index), index, operators, steps, error};
  FOVEA_TRY(verify_tensors(c));
  FOVEA_TRY(verify_packed(c));
  FOVEA_TRY(verify_updates(c));
  FOVEA_TRY(verify_operators(c));
  FOVEA_TRY(verify_stored(c));
  return verify_plan(c);
}

}  // namespace

fovea_code verify_weights_end(const schema::Model& model, uint64_t weights_size,
                              fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.weights()); ++i) {
    const schema::Weight* weight = model.weights()->Get(i);
    if (weight->offset() > weights_size || weight->size() > weights_size - weight->offset()) {
      return fail(error, FOVEA_BAD_VALUE, {FOVEA_TABLE_WEIGHT, i, 0, FOVEA_FIELD_OFFSET},
                  weight->offset(), weights_size);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_tables(const schema::Model& model, const fovea_operators& operators, Steps* steps,
                         fovea_error* error) {
  FOVEA_TRY(verify_features(model, error));
  FOVEA_TRY(verify_dims(model, error));
  FOVEA_TRY(verify_weights(model, error));
  FOVEA_TRY(verify_caches(model, error));
  FOVEA_TRY(verify_states(model, error));
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    FOVEA_TRY(verify_method(model, i, operators, steps, error));
  }
  FOVEA_TRY(verify_tokenizers(model, operators, error));
  return verify_fingerprint(model, error);
}

}  // namespace fovea
