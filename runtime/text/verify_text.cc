#include "runtime/features.h"
#include "runtime/text/word_tables.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

// The last kind of tokenizer that this library knows.
constexpr schema::TokenizerKind kLastKind = schema::TokenizerKind::CharacterMerges;

// Ids that a model may take: rows of its largest table of embeddings.
uint32_t embedding_rows(const schema::Model& model, const fovea_operators& operators) {
  uint32_t rows = 0;
  for (uint32_t m = 0; m < size_of(model.methods()); ++m) {
    const auto* list = model.methods()->Get(m)->operators();
    for (uint32_t i = 0; i < size_of(list); ++i) {
      const schema::Operator* op = list->Get(i);
      if (find_operator(operators, op->attributes_type())->ids == 0) continue;
      const uint32_t weight = static_cast<uint32_t>(op->weights()->Get(0));
      const uint32_t count = model.weights()->Get(weight)->shape()->Get(0);
      if (count > rows) rows = count;
    }
  }
  return rows;
}

fovea_code check_token(int32_t id, uint32_t limit, const Where& where, fovea_error* error) {
  if (id >= 0 && static_cast<uint32_t>(id) < limit) return FOVEA_OK;
  return fail(error, FOVEA_BAD_VALUE, where, static_cast<uint64_t>(int64_t{id}),
              limit == 0 ? 0 : limit - 1);
}

bool is_finite(float value) {
  return value - value == 0;
}

fovea_code verify_search(const schema::Search& search, fovea_error* error) {
  const Where where = {FOVEA_TABLE_MODEL, 0, 0, FOVEA_FIELD_ATTRIBUTE};
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(search.stopping()),
                          static_cast<uint32_t>(schema::EarlyStopping::MAX), where, error));
  const float penalty = search.repetition_penalty();
  const bool sound =
      search.beams() > 0 && is_finite(search.length_penalty()) && is_finite(penalty) && penalty > 0;
  return sound ? FOVEA_OK : fail(error, FOVEA_BAD_VALUE, where, search.beams(), 1u);
}

fovea_code verify_special(const schema::SpecialTokens& special, uint32_t rows, fovea_error* error) {
  for (const auto* list :
       {special.begin(), special.end(), special.padding(), special.start(), special.forced(),
        special.forced_last(), special.suppressed(), special.suppressed_first()}) {
    for (uint32_t i = 0; i < size_of(list); ++i) {
      FOVEA_TRY(check_token(list->Get(i), rows, {FOVEA_TABLE_MODEL, 0, 0, FOVEA_FIELD_ATTRIBUTE, i},
                            error));
    }
  }
  return special.search() == nullptr ? FOVEA_OK : verify_search(*special.search(), error);
}

fovea_code verify_tokenizer(const schema::Tokenizer& t, uint32_t rows, const Where& where,
                            fovea_error* error) {
  const uint32_t vocabulary = size_of(t.pieces()), sorted = size_of(t.sorted());
  FOVEA_TRY(check_at_most(static_cast<uint32_t>(t.kind()), static_cast<uint32_t>(kLastKind), where,
                          FOVEA_FIELD_TYPE, error));
  if (vocabulary == 0 || sorted > vocabulary || (!is_of_words(t) && sorted != vocabulary)) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, sorted, vocabulary);
  }
  if (t.kind() == schema::TokenizerKind::ScoredMerges && size_of(t.scores()) != vocabulary) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, size_of(t.scores()),
                   vocabulary);
  }
  for (uint32_t i = 0; i < sorted; ++i) {
    FOVEA_TRY(check_below(t.sorted()->Get(i), vocabulary, where.at(FOVEA_FIELD_COUNT, i), error));
  }
  const Where where_id = where.at(FOVEA_FIELD_ATTRIBUTE);
  if (t.unknown() != -1) FOVEA_TRY(check_token(t.unknown(), vocabulary, where_id, error));
  // These may be ids that have no piece.
  const uint32_t limit = rows > vocabulary ? rows : vocabulary;
  for (int32_t id : {t.bos(), t.eos(), t.pad()}) {
    if (id != -1) FOVEA_TRY(check_token(id, limit, where_id, error));
  }
  return FOVEA_OK;
}

bool has_chat(const schema::Model& model) {
  return model.chat() != nullptr && size_of(model.chat()->joins()) != 0;
}

fovea_code verify_texts(const schema::Model& model, const fovea_operators& operators, Steps* steps,
                        fovea_error* error) {
  FOVEA_TRY(check_at_most(size_of(model.tokenizers()), kMaxTokenizers,
                          Where{FOVEA_TABLE_TOKENIZER, kMaxTokenizers}.at(FOVEA_FIELD_COUNT),
                          error));
  const uint32_t rows = embedding_rows(model, operators);
  if (model.special() != nullptr) FOVEA_TRY(verify_special(*model.special(), rows, error));
  for (uint32_t i = 0; i < size_of(model.tokenizers()); ++i) {
    const schema::Tokenizer& t = *model.tokenizers()->Get(i);
    const Where where = {FOVEA_TABLE_TOKENIZER, i};
    FOVEA_TRY(verify_tokenizer(t, rows, where, error));
    if (!is_of_words(t)) continue;
    const fovea_features& features = operators.features;
    FOVEA_TRY(features.words->verify(t, features, rows, steps, where, error));
  }
  return has_chat(model) ? operators.features.chat->verify(model, error) : FOVEA_OK;
}

uint32_t texts_need(const schema::Model& model) {
  using Kind = schema::TokenizerKind;
  uint32_t needed = needed_if(has_chat(model), Feature::chat);
  for (uint32_t i = 0; i < size_of(model.tokenizers()); ++i) {
    const schema::Tokenizer& t = *model.tokenizers()->Get(i);
    needed |= needed_if(t.kind() == Kind::ScoredMerges, Feature::scored_merges) |
              needed_if(is_of_words(t), Feature::words) |
              needed_if(t.normalizes(), Feature::normalization) |
              needed_if(t.kind() == Kind::WordPiece, Feature::word_piece) |
              needed_if(t.kind() == Kind::RankedMerges, Feature::ranked_merges) |
              needed_if(t.kind() == Kind::Unigram, Feature::unigram) |
              needed_if(t.kind() == Kind::CharacterMerges, Feature::character_merges) |
              needed_if(t.matches(), Feature::text_matches) |
              needed_if(t.escapes(), Feature::escaped_spaces);
  }
  return needed;
}

}  // namespace

}  // namespace fovea

extern "C" constexpr fovea_texts fovea_feature_texts = {fovea::texts_need, fovea::verify_texts};
