// Merges of a table, in order of rank.

#ifndef FOVEA_RUNTIME_TEXT_RANKED_RULES_H_
#define FOVEA_RUNTIME_TEXT_RANKED_RULES_H_

#include "runtime/text/merging.h"
#include "runtime/text/vocabulary.h"
#include "runtime/verify.h"

namespace fovea {

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

inline fovea_code verify_merges(const schema::Tokenizer& t, const Where& where,
                                fovea_error* error) {
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

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_RANKED_RULES_H_
