// Texts whose characters are the first pieces: Characters, ScoredMerges.

#include "runtime/text/encoding.h"
#include "runtime/text/merging.h"

namespace fovea {
namespace {

constexpr uint32_t kNoCodePoint = 0x110000;  // the first number that no character has

// Bytes of the UTF-8 sequence that begins here: a lead byte and its continuations, at most 4.
size_t code_point_bytes(const char* text, size_t size) {
  size_t n = 1;
  while (n < size && n < 4 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
  return n;
}

// A code point, or 0x110000 and a byte that begins no well-formed one.
uint32_t code_point(Text point) {
  const auto lead = static_cast<unsigned char>(point.data[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size != point.size) return kNoCodePoint + lead;
  uint32_t value = size == 1 ? lead : lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) value = value << 6 | (point.data[i] & 0x3F);
  return value < kNoCodePoint ? value : kNoCodePoint + lead;
}

// The pieces <0x00> to <0xFF> of all its bytes; nothing where one of them is missing.
size_t byte_pieces(const Vocabulary& v, Text point, int32_t* ids) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  for (size_t i = 0; i < point.size; ++i) {
    const auto byte = static_cast<unsigned char>(point.data[i]);
    const char name[] = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
    ids[i] = v.find({name, sizeof name});
    if (ids[i] < 0) return 0;
  }
  return point.size;
}

// Text to ids, one code point after the other. They are added to those that the array has.
class CharacterEncoder {
 public:
  explicit CharacterEncoder(const Encoding& job)
      : v_(&job.table), job_(job), begin_(job.ids->count) {}

  fovea_code encode(Text text) {
    if (!merging()) return add_points(text);
    if (text.size > kMaxText) {
      return fail(job_.error, FOVEA_BAD_ARGUMENT, job_.where, text.size, kMaxText);
    }
    const int32_t space = text.size > 0 ? v_.find({" ", 1}) : -1;
    if (space >= 0 && !job_.ids->add(space)) return no_room(text);
    FOVEA_TRY(add_points(text));
    const size_t symbols = job_.ids->count - begin_;
    if (symbols > (job_.ids->capacity - begin_) / kMergingRoom) return no_room(text);
    job_.ids->count = begin_ + static_cast<size_t>(job_.features.scored_merges->merge(
                                   v_, job_.ids->data + begin_, static_cast<int32_t>(symbols)));
    return FOVEA_OK;
  }

 private:
  // Places of symbols are int32, nodes of a tournament twice as many.
  static constexpr size_t kMaxText = (size_t{1} << 30) - 2;

  bool merging() const { return v_.table().kind() == schema::TokenizerKind::ScoredMerges; }

  fovea_code add_points(Text text) {
    for (size_t i = 0; i < text.size;) {
      const Text point = {text.data + i, code_point_bytes(text.data + i, text.size - i)};
      int32_t ids[4];
      const size_t count = pieces_of(point, ids);
      if (count == 0) return fail(job_.error, FOVEA_NO_PIECE, job_.where, code_point(point), i);
      // As in SentencePiece, characters that are unknown side by side are one unknown piece.
      const bool again = merging() && was_unknown_ && unknown_;
      for (size_t k = again ? count : 0; k < count; ++k) {
        if (!job_.ids->add(ids[k])) return no_room(text);
      }
      was_unknown_ = unknown_;
      i += point.size;
    }
    return FOVEA_OK;
  }

  // A piece of its own, else its bytes, else the unknown piece, else none.
  size_t pieces_of(Text point, int32_t* ids) {
    unknown_ = false;
    ids[0] = v_.find(point);
    if (ids[0] >= 0) return 1;
    const size_t count = merging() ? byte_pieces(v_, point, ids) : 0;
    if (count > 0) return count;
    ids[0] = v_.table().unknown();
    unknown_ = ids[0] >= 0;
    return unknown_ ? 1 : 0;
  }

  fovea_code no_room(Text text) const {
    const uint64_t ids = merging() ? kMergingRoom * (uint64_t{text.size} + 1) : text.size;
    return fail(job_.error, FOVEA_ARENA_TOO_SMALL, job_.where,
                uint64_t{job_.ids->capacity - begin_} * sizeof(int32_t), ids * sizeof(int32_t));
  }

  Vocabulary v_;
  const Encoding& job_;
  size_t begin_;                                // ids that were there before
  bool unknown_ = false, was_unknown_ = false;  // this character, the one before
};

static_assert(FOVEA_ENCODE_ROOM(6) == kMergingRoom * 7, "fovea.h says how much room merges need");

}  // namespace

fovea_code encode_characters(const Encoding& job, Text text) {
  return CharacterEncoder(job).encode(text);
}

}  // namespace fovea
