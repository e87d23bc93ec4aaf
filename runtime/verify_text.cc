#include "runtime/verify.h"

namespace fovea {
namespace {

bool is_token(int32_t id, uint32_t vocabulary) {
  return id >= -1 && (id < 0 || static_cast<uint32_t>(id) < vocabulary);
}

fovea_code verify_tokenizer(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  const uint32_t vocabulary = size_of(t.pieces());
  FOVEA_TRY(check_at_most(static_cast<uint64_t>(t.kind()),
                          static_cast<uint64_t>(schema::TokenizerKind::MAX),
                          where.at(FOVEA_FIELD_TYPE), error));
  if (vocabulary == 0 || size_of(t.sorted()) != vocabulary) {
    return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_COUNT), size_of(t.sorted()),
                vocabulary);
  }
  if (t.kind() == schema::TokenizerKind::ScoredMerges && size_of(t.scores()) != vocabulary) {
    return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_COUNT), size_of(t.scores()),
                vocabulary);
  }
  for (uint32_t i = 0; i < vocabulary; ++i) {
    FOVEA_TRY(check_below(t.sorted()->Get(i), vocabulary, where.at(FOVEA_FIELD_COUNT, i), error));
  }
  for (int32_t id : {t.bos(), t.eos(), t.pad(), t.unknown()}) {
    if (!is_token(id, vocabulary)) {
      return fail(error, FOVEA_BAD_VALUE, where.at(FOVEA_FIELD_ATTRIBUTE),
                  static_cast<uint64_t>(int64_t{id}), vocabulary - 1);
    }
  }
  return FOVEA_OK;
}

}  // namespace

fovea_code verify_tokenizers(const schema::Model& model, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.tokenizers()); ++i) {
    FOVEA_TRY(verify_tokenizer(*model.tokenizers()->Get(i), {FOVEA_TABLE_TOKENIZER, i}, error));
  }
  return FOVEA_OK;
}

fovea_code verify_fingerprint(const schema::Model& model, fovea_error* error) {
  for (uint32_t i = 0; i < size_of(model.fingerprint()); ++i) {
    const schema::FingerprintRun* run = model.fingerprint()->Get(i);
    const Where where = {FOVEA_TABLE_FINGERPRINT, i};
    FOVEA_TRY(check_below(run->method(), size_of(model.methods()), where, error));
    if (size_of(run->dims()) != size_of(model.dims())) {
      return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_EXTENTS), size_of(run->dims()),
                  size_of(model.dims()));
    }
    const uint32_t inputs = size_of(model.methods()->Get(run->method())->inputs());
    if (size_of(run->inputs()) != inputs) {
      return fail(error, FOVEA_BAD_SHAPE, where.at(FOVEA_FIELD_INPUT), size_of(run->inputs()),
                  inputs);
    }
  }
  return FOVEA_OK;
}

}  // namespace fovea
