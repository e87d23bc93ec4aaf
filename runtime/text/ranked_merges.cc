// Byte-level byte pair encoding: the bytes of a word, merged in order of rank.

#include "runtime/features.h"
#include "runtime/text/byte_pieces.h"
#include "runtime/text/ranked_rules.h"

namespace fovea {
namespace {

fovea_code verify_ranked_merges(const schema::Tokenizer& t, const Where& where,
                                fovea_error* error) {
  if (size_of(words_of(t).bytes()) != 256) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, size_of(words_of(t).bytes()),
                   256u);
  }
  FOVEA_TRY(verify_byte_pieces(t, *words_of(t).bytes(), where, error));
  FOVEA_TRY(verify_any_byte_pieces(t, words_of(t).end_bytes(), where, error));
  return verify_merges(t, where.at(FOVEA_FIELD_COUNT), error);
}

// A byte that has no piece is the unknown one, or nothing.
int32_t byte_piece(const schema::Tokenizer& t, char byte, bool last) {
  const auto* bytes = words_of(t).bytes();
  if (last && size_of(words_of(t).end_bytes()) != 0) bytes = words_of(t).end_bytes();
  const uint32_t piece = bytes->Get(static_cast<unsigned char>(byte));
  return piece == kNoPiece ? t.unknown() : static_cast<int32_t>(piece);
}

int32_t ranked_pieces(const Vocabulary& v, Text word, int32_t* room, int32_t capacity) {
  if (word.size > static_cast<uint32_t>(capacity) / kMergingRoom) return -1;
  const schema::Tokenizer& t = v.table();
  if (words_of(t).whole_words()) {
    const int32_t whole = v.find(word);
    if (whole >= 0) {
      room[0] = whole;
      return 1;
    }
  }
  int32_t count = 0;
  for (size_t i = 0; i < word.size; ++i) {
    const int32_t id = byte_piece(t, word.data[i], i + 1 == word.size);
    if (id >= 0) room[count++] = id;
  }
  const RankedRules rules(t);
  return Merging<RankedRules>(rules, room, count).run();
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_ranked_merges fovea_feature_ranked_merges = {
    {fovea::verify_ranked_merges, fovea::ranked_pieces, fovea::kMergingRoom}};
