// Token ids to text, and which ids are special.

#include "runtime/error.h"
#include "runtime/features.h"
#include "runtime/text/utf8.h"
#include "runtime/text/vocabulary.h"

namespace fovea {
namespace {

// The byte that a piece like <0x0A> stands for, or -1.
int byte_of(Text piece) {
  if (piece.size != 6 || std::memcmp(piece.data, "<0x", 3) != 0 || piece.data[5] != '>') return -1;
  int value = 0;
  for (int i = 3; i < 5; ++i) {
    const char c = piece.data[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool begins_with(Text text, Text beginning) {
  return beginning.size > 0 && text.size >= beginning.size &&
         std::memcmp(text.data, beginning.data, beginning.size) == 0;
}

// Whether a piece stands apart from the one before it.
bool takes_space(const schema::Tokenizer& t, Text piece) {
  constexpr const char* kClose[] = {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"};
  for (const char* close : kClose) {
    if (words_of(t).cleanup() && begins_with(piece, {close, std::strlen(close)})) return false;
  }
  return true;
}

// A piece as it goes on after another, or begins a text: in two parts.
void decode_words(const schema::Tokenizer& t, bool first, Text* space, Text* piece) {
  const Text continuing = {text_of(words_of(t).continuing()), size_of(words_of(t).continuing())};
  if (!words_of(t).spaces() || first) return;
  if (begins_with(*piece, continuing)) {
    *piece = {piece->data + continuing.size, piece->size - continuing.size};
  } else if (takes_space(t, *piece)) {
    *space = {" ", 1};
  }
}

const flatbuffers::Vector<int32_t>* special_ids(const fovea_model* model, fovea_special kind) {
  if (model == nullptr || view(model).root->special() == nullptr) return nullptr;
  const schema::SpecialTokens& special = *view(model).root->special();
  switch (kind) {
    case FOVEA_SPECIAL_BEGIN:
      return special.begin();
    case FOVEA_SPECIAL_END:
      return special.end();
    case FOVEA_SPECIAL_PADDING:
      return special.padding();
    case FOVEA_SPECIAL_START:
      return special.start();
    case FOVEA_SPECIAL_FORCED:
      return special.forced();
    case FOVEA_SPECIAL_FORCED_LAST:
      return special.forced_last();
    case FOVEA_SPECIAL_SUPPRESSED:
      return special.suppressed();
    case FOVEA_SPECIAL_SUPPRESSED_FIRST:
      return special.suppressed_first();
  }
  return nullptr;
}

}  // namespace
}  // namespace fovea

extern "C" {

const int32_t* fovea_special_ids(const fovea_model* model, fovea_special kind, uint32_t* count) {
  const auto* list = fovea::special_ids(model, kind);
  if (count != nullptr) *count = fovea::size_of(list);
  return fovea::size_of(list) == 0 ? nullptr : list->data();
}

bool fovea_is_end(const fovea_model* model, int32_t id) {
  const auto* list = fovea::special_ids(model, FOVEA_SPECIAL_END);
  for (uint32_t i = 0; i < fovea::size_of(list); ++i) {
    if (list->Get(i) == id) return true;
  }
  return false;
}

fovea_code fovea_tokenizer_info(const fovea_model* model, uint32_t tokenizer,
                                fovea_special_tokens* out) {
  const auto* t = fovea::tokenizer_at(model, tokenizer);
  if (t == nullptr || out == nullptr) return FOVEA_BAD_ARGUMENT;
  *out = {t->bos(), t->eos(), t->pad(), t->unknown(), t->pieces()->size()};
  return FOVEA_OK;
}

fovea_code fovea_decode(const fovea_model* model, uint32_t tokenizer, int32_t previous, int32_t id,
                        char* text, size_t capacity, size_t* size, fovea_error* error) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  const Where where = {FOVEA_TABLE_TOKENIZER, tokenizer};
  if (t == nullptr || text == nullptr || size == nullptr) {
    return fail(error, FOVEA_BAD_ARGUMENT, where);
  }
  const Vocabulary vocabulary(t);
  if (!vocabulary.contains(id)) {
    return fail(error, FOVEA_OUT_OF_RANGE, where, static_cast<uint64_t>(int64_t{id}),
                vocabulary.size());
  }
  Text piece = vocabulary.piece(id), space;
  char byte;
  const bool first = previous < 0 || previous == t->bos();
  decode_words(*t, first, &space, &piece);
  if (t->escapes()) {
    TextOutput out = {text, capacity};
    const fovea_escaped_spaces& escapes = *view(model).operators->features.escaped_spaces;
    if (!out.add(space) || !escapes.decode(words_of(*t), piece, first, &out)) {
      return fail(error, FOVEA_ARENA_TOO_SMALL, where, capacity, space.size + piece.size);
    }
    *size = out.size;
    return succeed(error);
  }
  if (t->kind() == schema::TokenizerKind::ScoredMerges) {
    // The space that encoding puts before a text is not part of it.
    if (first && piece.size > 0 && piece.data[0] == ' ') {
      piece = {piece.data + 1, piece.size - 1};
    }
    const int value = byte_of(piece);
    if (value >= 0) {
      byte = static_cast<char>(value);
      piece = {&byte, 1};
    }
  }
  const size_t all = space.size + piece.size;
  if (all > capacity) return fail(error, FOVEA_ARENA_TOO_SMALL, where, capacity, all);
  std::memcpy(text, space.data, space.size);
  std::memcpy(text + space.size, piece.data, piece.size);
  *size = all;
  return succeed(error);
}

}  // extern "C"
