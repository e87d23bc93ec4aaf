#include "runtime/features.h"

#include "runtime/dims.h"
#include "runtime/text/word_tables.h"

namespace fovea {
namespace {

bool needs_caches(const schema::Model& model) {
  bool needed = size_of(model.caches()) != 0 || size_of(model.states()) != 0;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    needed |= size_of(model.methods()->Get(i)->updates()) != 0;
  }
  return needed;
}

bool needs_derived_dims(const schema::Model& model) {
  bool needed = false;
  for (uint32_t i = 0; i < size_of(model.dims()); ++i) {
    needed |= is_derived(*model.dims()->Get(i));
  }
  return needed;
}

bool needs_packed_rows(const schema::Model& model) {
  bool needed = false;
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    needed |= model.methods()->Get(i)->lengths() >= 0;
  }
  return needed;
}

bool needs_texts(const schema::Model& model) {
  return model.special() != nullptr || size_of(model.tokenizers()) != 0;
}

template <class Needed>
bool any_tokenizer(const schema::Model& model, Needed needed) {
  bool any = false;
  for (uint32_t i = 0; i < size_of(model.tokenizers()); ++i) {
    any |= needed(*model.tokenizers()->Get(i));
  }
  return any;
}

bool any_of_kind(const schema::Model& model, schema::TokenizerKind kind) {
  return any_tokenizer(model, [kind](const schema::Tokenizer& t) { return t.kind() == kind; });
}

bool needs_scored_merges(const schema::Model& model) {
  return any_of_kind(model, schema::TokenizerKind::ScoredMerges);
}

bool needs_words(const schema::Model& model) {
  return any_tokenizer(model, [](const schema::Tokenizer& t) { return is_of_words(t); });
}

bool needs_normalization(const schema::Model& model) {
  return any_tokenizer(model, [](const schema::Tokenizer& t) { return t.normalizes(); });
}

bool needs_word_piece(const schema::Model& model) {
  return any_of_kind(model, schema::TokenizerKind::WordPiece);
}

bool needs_ranked_merges(const schema::Model& model) {
  return any_of_kind(model, schema::TokenizerKind::RankedMerges);
}

}  // namespace

uint32_t needs(const schema::Model& model) {
  uint32_t mask = 0, bit = 1;
#define FOVEA_FEATURE(name, words)       \
  mask |= needs_##name(model) ? bit : 0; \
  bit <<= 1;
#include "runtime/features.inc"
#undef FOVEA_FEATURE
  return mask;
}

}  // namespace fovea
