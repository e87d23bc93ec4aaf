// Pieces that a text begins with, by a double array (Aoe 1989).

#ifndef FOVEA_RUNTIME_TEXT_TRIE_H_
#define FOVEA_RUNTIME_TEXT_TRIE_H_

#include "runtime/text/vocabulary.h"
#include "runtime/verify.h"

namespace fovea {

// schema/model.fbs, WordTables.trie, says what a unit is. What a step reads is within the array,
// whatever the units are.
class Trie {
 public:
  static constexpr uint32_t kLabel = 0x1FF, kEnds = 0x200, kBaseShift = 10, kEnd = 256;
  using Units = flatbuffers::Vector<uint32_t>;

  Trie(const Units& units, uint32_t longest) : units_(units), longest_(longest) {}

  // Calls found(size, id) for each piece that `text` begins with, the shortest first.
  template <class Found>
  void match(Text text, Found found) const {
    const size_t most = text.size < longest_ ? text.size : longest_;
    uint32_t unit = units_.Get(0);
    for (size_t i = 0; i < most && step(static_cast<unsigned char>(text.data[i]), &unit); ++i) {
      if ((unit & kEnds) == 0) continue;
      uint32_t end = unit;
      if (step(kEnd, &end)) found(i + 1, static_cast<int32_t>(end >> kBaseShift));
    }
  }

  // The piece that is this text, -1 where there is none.
  int32_t find(Text text) const {
    int32_t last = -1;
    match(text, [&](size_t size, int32_t id) { last = size == text.size ? id : last; });
    return last;
  }

 private:
  bool step(uint32_t label, uint32_t* unit) const {
    const uint32_t index = (*unit >> kBaseShift) + label;
    if (index >= units_.size()) return false;
    *unit = units_.Get(index);
    return (*unit & kLabel) == label;
  }

  const Units& units_;
  uint32_t longest_;
};

// That the pieces are there.
inline fovea_code verify_trie(const Trie::Units& units, uint32_t pieces, const Where& where,
                              fovea_error* error) {
  for (uint32_t i = 0; i < units.size(); ++i) {
    const uint32_t unit = units.Get(i);
    if ((unit & Trie::kLabel) != Trie::kEnd) continue;
    FOVEA_TRY(check_below(unit >> Trie::kBaseShift, pieces, where, error));
  }
  return FOVEA_OK;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_TRIE_H_
