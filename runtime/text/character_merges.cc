// Byte pair encoding of characters: the code points of a word, merged in order of rank.

#include "runtime/features.h"
#include "runtime/text/byte_pieces.h"
#include "runtime/text/ranked_rules.h"
#include "runtime/text/utf8.h"

namespace fovea {
namespace {

// The pieces of a word's code points. Unknown ones come before the next that is a piece: as in
// `tokenizers`, those of bytes do not count for that.
class Symbols {
 public:
  Symbols(const Vocabulary& v, int32_t* ids) : v_(v), words_(words_of(v.table())), ids_(ids) {}

  int32_t split(Text word) {
    while (word.size > 0) {
      const Text point = {word.data, first_point(word).size};
      add(point);
      word = {word.data + point.size, word.size - point.size};
    }
    end_unknown();
    return count_;
  }

 private:
  void add(Text point) {
    const int32_t id = v_.find(point);
    if (id >= 0) {
      end_unknown();
      ids_[count_++] = id;
      return;
    }
    const int32_t bytes = byte_fallback(words_, point, ids_ + count_);
    count_ += bytes;
    if (bytes > 0 || v_.table().unknown() < 0) return;
    if (!words_.fuses()) end_unknown();
    unknown_ = true;
  }

  void end_unknown() {
    if (unknown_) ids_[count_++] = v_.table().unknown();
    unknown_ = false;
  }

  const Vocabulary& v_;
  const schema::WordTables& words_;
  int32_t* ids_;
  int32_t count_ = 0;
  bool unknown_ = false;  // one is waiting
};

int32_t character_pieces(const Vocabulary& v, Text word, int32_t* room, int32_t capacity) {
  if (word.size > static_cast<uint32_t>(capacity) / kMergingRoom) return -1;
  if (words_of(v.table()).whole_words()) {
    const int32_t whole = v.find(word);
    if (whole >= 0) {
      room[0] = whole;
      return 1;
    }
  }
  const int32_t count = Symbols(v, room).split(word);
  const RankedRules rules(v.table());
  return Merging<RankedRules>(rules, room, count).run();
}

fovea_code verify_character_merges(const schema::Tokenizer& t, const Where& where,
                                   fovea_error* error) {
  FOVEA_TRY(verify_fallback(t, where, error));
  return verify_merges(t, where.at(FOVEA_FIELD_COUNT), error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_character_merges fovea_feature_character_merges = {
    {fovea::verify_character_merges, fovea::character_pieces, fovea::kMergingRoom}};
