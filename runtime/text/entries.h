// Texts of a normalisation that lie one after the other: what is replaced, and by what.

#ifndef FOVEA_RUNTIME_TEXT_ENTRIES_H_
#define FOVEA_RUNTIME_TEXT_ENTRIES_H_

#include "runtime/text/prefix.h"
#include "runtime/verify.h"

namespace fovea {

// Bytes of an entry: each place of a text takes as many steps at most.
inline constexpr uint32_t kLongestEntry = 64;

using EntryBytes = flatbuffers::Vector<uint8_t>;
using EntryEnds = flatbuffers::Vector<uint32_t>;

inline Text entry(const EntryBytes* bytes, const EntryEnds* ends, uint32_t i) {
  if (bytes == nullptr) return {};
  const uint32_t begin = i == 0 ? 0 : ends->Get(i - 1);
  return {reinterpret_cast<const char*>(bytes->data()) + begin, ends->Get(i) - begin};
}

struct Keys {
  const schema::Normalization& table;

  uint32_t size() const { return size_of(table.key_ends()); }
  Text at(uint32_t i) const { return entry(table.keys(), table.key_ends(), i); }
  Text value(uint32_t i) const { return entry(table.values(), table.value_ends(), i); }

  // The longest key that a text begins with, -1 where there is none. `size`: its bytes.
  int32_t find(Text text, size_t* length) const {
    return longest_prefix(PrefixSearch<Keys>(*this), text, length, [](int32_t) { return true; });
  }
};

// Ends that ascend within `bytes`, each entry as long as allowed.
inline fovea_code verify_entries(const EntryBytes* bytes, const EntryEnds* ends, uint32_t shortest,
                                 const Where& where, fovea_error* error) {
  uint32_t begin = 0;
  for (uint32_t i = 0; i < size_of(ends); ++i) {
    const uint32_t end = ends->Get(i);
    FOVEA_TRY(check_at_most(end, size_of(bytes), where, error));
    if (end < begin || end - begin < shortest || end - begin > kLongestEntry) {
      return fail(error, FOVEA_BAD_VALUE, where, end, begin + kLongestEntry);
    }
    begin = end;
  }
  return FOVEA_OK;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_ENTRIES_H_
