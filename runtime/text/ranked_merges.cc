// Byte-level byte pair encoding: the bytes of a word, merged in order of rank.

#include "runtime/features.h"
#include "runtime/text/merging.h"
#include "runtime/text/vocabulary.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kNoPiece = 0xFFFFFFFF;  // of a byte

// Merges are named by their index.
class RankedRules {
 public:
  explicit RankedRules(const schema::Tokenizer& t)
      : starts_(*words_of(t).merge_starts()), merges_(words_of(t).merges()) {}

  int32_t find(int32_t first, int32_t second) const {
    uint32_t low = starts_.Get(static_cast<uint32_t>(first));
    uint32_t high = starts_.Get(static_cast<uint32_t>(first) + 1);
    const uint32_t key = static_cast<uint32_t>(second);
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const uint32_t found = at(static_cast<int32_t>(middle)).second();
      if (found == key) return static_cast<int32_t>(middle);
      if (found < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -1;
  }
  int32_t made(int32_t merge) const { return static_cast<int32_t>(at(merge).merged()); }
  int order(int32_t a, int32_t b) const {
    const uint32_t rank_a = at(a).rank(), rank_b = at(b).rank();
    return rank_a < rank_b ? -1 : rank_a > rank_b ? 1 : 0;
  }

 private:
  const schema::Merge& at(int32_t merge) const {
    return *merges_->Get(static_cast<uint32_t>(merge));
  }

  const flatbuffers::Vector<uint32_t>& starts_;
  const flatbuffers::Vector<const schema::Merge*>* merges_;  // null where there are none
};

fovea_code verify_merges(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  const uint32_t pieces = size_of(t.pieces()), count = size_of(words_of(t).merges());
  if (size_of(words_of(t).merge_starts()) != pieces + 1) {
    return fail(error, FOVEA_BAD_SHAPE, where, size_of(words_of(t).merge_starts()), pieces + 1);
  }
  uint32_t before = 0;
  for (uint32_t i = 0; i <= pieces; ++i) {
    const uint32_t start = words_of(t).merge_starts()->Get(i);
    if (start < before || start > count) return fail(error, FOVEA_BAD_VALUE, where, start, count);
    before = start;
  }
  for (uint32_t i = 0; i < count; ++i) {
    FOVEA_TRY(check_below(words_of(t).merges()->Get(i)->merged(), pieces, where, error));
  }
  return FOVEA_OK;
}

fovea_code verify_ranked_merges(const schema::Tokenizer& t, const Where& where,
                                fovea_error* error) {
  if (size_of(words_of(t).bytes()) != 256) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, size_of(words_of(t).bytes()),
                   256u);
  }
  for (uint32_t i = 0; i < 256; ++i) {
    if (words_of(t).bytes()->Get(i) == kNoPiece) continue;
    FOVEA_TRY(check_below(words_of(t).bytes()->Get(i), size_of(t.pieces()),
                          where.at(FOVEA_FIELD_ATTRIBUTE, i), error));
  }
  return verify_merges(t, where.at(FOVEA_FIELD_COUNT), error);
}

// A byte that has no piece is the unknown one, or nothing.
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
    const uint32_t piece = words_of(t).bytes()->Get(static_cast<unsigned char>(word.data[i]));
    const int32_t id = piece == kNoPiece ? t.unknown() : static_cast<int32_t>(piece);
    if (id >= 0) room[count++] = id;
  }
  const RankedRules rules(t);
  return Merging<RankedRules>(rules, room, count).run();
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_ranked_merges fovea_feature_ranked_merges = {
    {fovea::verify_ranked_merges, fovea::ranked_pieces, fovea::kMergingRoom}};
