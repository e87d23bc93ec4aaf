#include "runtime/verify.h"

#include "runtime/dims.h"
#include "runtime/features.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "runtime/verify_method.h"

namespace fovea {
namespace {

// That the build has what the model needs; what it does not need is not called.
fovea_code verify_linked(const schema::Model& model, const fovea_features& linked,
                         fovea_error* error) {
  const void* const features[] = {
#define FOVEA_FEATURE(name, words) linked.name,
#include "runtime/features.inc"
#undef FOVEA_FEATURE
  };
  uint32_t left = needs(model) | (linked.texts != nullptr ? linked.texts->needs(model) : 0);
  for (uint32_t i = 0; left != 0; ++i, left >>= 1) {
    if ((left & 1) != 0 && features[i] == nullptr) {
      return fail(error, FOVEA_UNKNOWN_FEATURE, {FOVEA_TABLE_MODEL}, i + 1);
    }
  }
  return FOVEA_OK;
}

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

fovea_code verify_dims(const schema::Model& model, const fovea_features& features,
                       fovea_error* error) {
  FOVEA_TRY(check_at_most(size_of(model.dims()), kMaxDims,
                          Where{FOVEA_TABLE_MODEL}.at(FOVEA_FIELD_COUNT), error));
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    const Where where = {FOVEA_TABLE_DIM, i, 0, FOVEA_FIELD_EXTENTS};
    const uint32_t max = model.dims()->Get(i)->max();
    if (max == 0) return fail(error, FOVEA_BAD_VALUE, where, 0, kMaxExtent);
    FOVEA_TRY(check_at_most(max, kMaxExtent, where, error));
    if (is_derived(*model.dims()->Get(i))) {
      FOVEA_TRY(features.derived_dims->verify(model, i, error));
    }
  }
  return FOVEA_OK;
}

fovea_code verify_weight(const schema::Weight& weight, const Where& where, fovea_error* error) {
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(weight.dtype()),
                          static_cast<uint32_t>(kLastWeightType), where, FOVEA_FIELD_TYPE, error));
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

fovea_code verify_sequences(const schema::Model& model, fovea_error* error) {
  const Where where = {FOVEA_TABLE_MODEL, 0, 0, FOVEA_FIELD_SEQUENCE};
  if (model.sequences() == 0) return fail(error, FOVEA_BAD_VALUE, where, 0, kMaxSequences);
  return check_at_most(model.sequences(), kMaxSequences, where, error);
}

fovea_code verify_method(const schema::Model& model, uint32_t index,
                         const fovea_operators& operators, Steps* steps, fovea_error* error) {
  const MethodCheck c = {model, *model.methods()->Get(index), index, operators, steps, error};
  FOVEA_TRY(verify_tensors(c));
  const fovea_features& features = operators.features;
  if (c.method.lengths() >= 0) FOVEA_TRY(features.packed_rows->verify(c));
  if (size_of(c.method.updates()) != 0) FOVEA_TRY(features.caches->verify_updates(c));
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

fovea_code verify_fingerprint(const schema::Model& model, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.fingerprint()); ++i) {
    const schema::FingerprintRun* run = model.fingerprint()->Get(i);
    const Where where = {FOVEA_TABLE_FINGERPRINT, i};
    FOVEA_TRY(check_below(run->method(), size_of(model.methods()), where, error));
    if (size_of(run->dims()) != size_of(model.dims())) {
      return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_EXTENTS, size_of(run->dims()),
                     size_of(model.dims()));
    }
    const uint32_t inputs = size_of(model.methods()->Get(run->method())->inputs());
    if (size_of(run->inputs()) != inputs) {
      return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_INPUT, size_of(run->inputs()),
                     inputs);
    }
  }
  return FOVEA_OK;
}

fovea_code verify_tables(const schema::Model& model, const fovea_operators& operators, Steps* steps,
                         fovea_error* error) {
  const fovea_features& features = operators.features;
  FOVEA_TRY(verify_features(model, error));
  FOVEA_TRY(verify_linked(model, features, error));
  FOVEA_TRY(verify_dims(model, features, error));
  FOVEA_TRY(verify_weights(model, error));
  FOVEA_TRY(verify_sequences(model, error));
  if (features.caches != nullptr) FOVEA_TRY(features.caches->verify(model, error));
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    FOVEA_TRY(verify_method(model, i, operators, steps, error));
  }
  if (features.texts != nullptr) FOVEA_TRY(features.texts->verify(model, operators, steps, error));
  return verify_fingerprint(model, error);
}

}  // namespace fovea
