// WordPiece: the longest piece first, then the longest that goes on with the rest.

#include "runtime/features.h"
#include "runtime/text/prefix.h"
#include "runtime/text/utf8.h"
#include "runtime/verify.h"

namespace fovea {
namespace {

constexpr uint32_t kLongestWord = 1024;  // code points: a word takes time as its square
constexpr uint32_t kLongestPrefix = 64;  // bytes of `continuing`, which is looked for in each word

struct Pieces {
  const Vocabulary& vocabulary;

  uint32_t size() const { return vocabulary.sorted_size(); }
  Text at(uint32_t i) const { return vocabulary.piece(vocabulary.sorted_id(i)); }
};

uint32_t code_points(Text text) {
  uint32_t count = 0;
  for (size_t i = 0; i < text.size; ++i) count += (text.data[i] & 0xC0) != 0x80;
  return count;
}

int32_t word_pieces(const Vocabulary& v, Text word, int32_t* room, int32_t capacity) {
  if (capacity < 1) return -1;
  const int32_t unknown = v.table().unknown();
  room[0] = unknown;
  if (code_points(word) > words_of(v.table()).longest_word()) return 1;
  const Pieces pieces = {v};
  const auto any = [](int32_t) { return true; };
  PrefixSearch<Pieces> search(pieces);
  int32_t count = 0;
  while (word.size > 0) {
    size_t size = 0;
    const int32_t found = longest_prefix(search, word, &size, any);
    if (found < 0) {
      room[0] = unknown;
      return 1;
    }
    if (count == capacity) return -1;
    room[count++] = v.sorted_id(static_cast<uint32_t>(found));
    word = {word.data + size, word.size - size};
    if (count > 1) continue;
    const flatbuffers::String* continuing = words_of(v.table()).continuing();
    for (uint32_t i = 0; i < size_of(continuing); ++i) search.extend(continuing->c_str()[i]);
  }
  return count;
}

fovea_code verify_word_piece(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  if (t.unknown() < 0) return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_ATTRIBUTE, 0, 0);
  FOVEA_TRY(check_at_most(size_of(words_of(t).continuing()), kLongestPrefix, where,
                          FOVEA_FIELD_ATTRIBUTE, error));
  return check_at_most(words_of(t).longest_word(), kLongestWord, where, FOVEA_FIELD_ATTRIBUTE,
                       error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_word_piece fovea_feature_word_piece = {
    {fovea::verify_word_piece, fovea::word_pieces, 1}};
