// Unigram: the pieces whose scores add up to most (Kudo 2018), by Viterbi over the bytes of a word.

#include "runtime/features.h"
#include "runtime/text/byte_pieces.h"
#include "runtime/text/trie.h"
#include "runtime/text/utf8.h"

namespace fovea {
namespace {

constexpr uint32_t kLongestPiece = 1024;  // bytes: each byte of a word takes as many steps at most
constexpr uint32_t kRoom = 4;             // int32 for each byte of a word

double value_of(const schema::Wide& wide) {
  const uint64_t bits = uint64_t{wide.high()} << 32 | wide.low();
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// For each place of a word but its beginning, the room has the best way there: the sum of its
// scores, where its last piece begins, and that piece.
class Ways {
 public:
  Ways(const Vocabulary& v, Text word, int32_t* room)
      : v_(v),
        words_(words_of(v.table())),
        trie_(*words_.trie(), words_.longest_piece()),
        word_(word),
        room_(room),
        unknown_score_(value_of(*words_.unknown_score())) {}

  int32_t pieces() {
    for (size_t end = 1; end <= word_.size; ++end) at(end)[kBegin] = kNowhere;
    for (size_t begin = 0; begin < word_.size;) {
      const Text rest = {word_.data + begin, word_.size - begin};
      const size_t point = first_point(rest).size;
      const double before = begin == 0 ? 0.0 : sum(begin);
      bool known = false;
      trie_.match(rest, [&](size_t size, int32_t id) {
        known |= size == point;
        offer(begin, begin + size, score(id) + before, id);
      });
      if (!known) offer(begin, begin + point, unknown_score_ + before, v_.table().unknown());
      begin += point;
    }
    return write(turn());
  }

 private:
  static constexpr size_t kSum = 0, kBegin = 2, kId = 3;
  static constexpr int32_t kNowhere = -1;

  int32_t* at(size_t end) { return room_ + (end - 1) * kRoom; }

  double sum(size_t end) {
    double value;
    std::memcpy(&value, at(end) + kSum, sizeof value);
    return value;
  }

  double score(int32_t id) const {
    const auto* fine = words_.fine_scores();
    return size_of(fine) != 0 ? value_of(*fine->Get(static_cast<uint32_t>(id)))
                              : double{v_.score(id)};
  }

  void offer(size_t begin, size_t end, double sum_there, int32_t id) {
    if (words_.rounds()) sum_there = static_cast<float>(sum_there);
    if (at(end)[kBegin] != kNowhere && !(sum_there > sum(end))) return;
    std::memcpy(at(end) + kSum, &sum_there, sizeof sum_there);
    at(end)[kBegin] = static_cast<int32_t>(begin);
    at(end)[kId] = id;
  }

  // Makes the best way's places say where the next piece ends, instead of a sum. Returns where the
  // first one does.
  size_t turn() {
    size_t end = word_.size;
    at(end)[kSum] = 0;
    for (;;) {
      const int32_t begin = at(end)[kBegin];
      if (begin == 0) return end;
      at(static_cast<size_t>(begin))[kSum] = static_cast<int32_t>(end);
      end = static_cast<size_t>(begin);
    }
  }

  // Writes the ids over what has been read: no more than bytes.
  int32_t write(size_t end) {
    int32_t count = 0;
    for (size_t begin = 0; end > 0;) {
      const int32_t id = at(end)[kId];
      size_t next = static_cast<size_t>(at(end)[kSum]);
      if (id == v_.table().unknown()) {
        while (next > 0 && at(next)[kId] == id) {
          end = next;
          next = static_cast<size_t>(at(end)[kSum]);
        }
        count += write_unknown({word_.data + begin, end - begin}, room_ + count);
      } else {
        room_[count++] = known(id);
      }
      begin = end;
      end = next;
    }
    return count;
  }

  // What several unknown characters are: a piece after all, bytes, or one unknown piece.
  int32_t write_unknown(Text text, int32_t* ids) const {
    int32_t whole = trie_.find(text);
    if (whole < 0) whole = v_.find(text);
    const int32_t bytes = whole < 0 ? byte_fallback(words_, text, ids) : 0;
    if (bytes > 0) return bytes;
    ids[0] = whole < 0 ? v_.table().unknown() : known(whole);
    return 1;
  }

  int32_t known(int32_t id) const {
    const bool has_id = words_.known() == 0 || static_cast<uint32_t>(id) < words_.known();
    return has_id ? id : v_.table().unknown();
  }

  const Vocabulary& v_;
  const schema::WordTables& words_;
  Trie trie_;
  Text word_;
  int32_t* room_;
  double unknown_score_;
};

int32_t unigram_pieces(const Vocabulary& v, Text word, int32_t* room, int32_t capacity) {
  if (word.size > static_cast<uint32_t>(capacity) / kRoom) return -1;
  return Ways(v, word, room).pieces();
}

fovea_code verify_unigram(const schema::Tokenizer& t, const Where& where, fovea_error* error) {
  const uint32_t pieces = size_of(t.pieces()), fine = size_of(words_of(t).fine_scores());
  const uint32_t scores = fine != 0 ? fine : size_of(t.scores());
  if (scores != pieces) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, scores, pieces);
  }
  if (t.unknown() < 0 || words_of(t).unknown_score() == nullptr ||
      size_of(words_of(t).trie()) == 0) {
    return fail_at(error, FOVEA_BAD_VALUE, where, FOVEA_FIELD_ATTRIBUTE, 0u, 1u);
  }
  FOVEA_TRY(check_at_most(words_of(t).longest_piece(), kLongestPiece, where, FOVEA_FIELD_ATTRIBUTE,
                          error));
  FOVEA_TRY(verify_trie(*words_of(t).trie(), pieces, where.at(FOVEA_FIELD_COUNT), error));
  return verify_fallback(t, where, error);
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_unigram fovea_feature_unigram = {
    {fovea::verify_unigram, fovea::unigram_pieces, fovea::kRoom}};
