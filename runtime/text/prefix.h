// Searches sorted strings for those that a text begins with.

#ifndef FOVEA_RUNTIME_TEXT_PREFIX_H_
#define FOVEA_RUNTIME_TEXT_PREFIX_H_

#include "runtime/text/vocabulary.h"

namespace fovea {

// Narrows a list to the strings that begin with the bytes read so far, in two binary searches a
// byte. List: uint32_t size(), Text at(uint32_t), in ascending byte order; where a file's are not,
// strings may be missed.
template <class List>
class PrefixSearch {
 public:
  explicit PrefixSearch(const List& list) : list_(list), high_(list.size()) {}

  // False where no string goes on with the byte.
  bool extend(char byte) {
    const int next = static_cast<unsigned char>(byte);
    high_ = first_above(next, high_);
    low_ = first_above(next - 1, high_);
    ++depth_;
    return low_ < high_;
  }

  // Where the string is that ends here, -1 where there is none.
  int32_t found() const {
    return low_ < high_ && list_.at(low_).size == depth_ ? static_cast<int32_t>(low_) : -1;
  }

 private:
  // Of [low_, high) the first string whose next byte is above `byte`; that of one that ends is -1.
  uint32_t first_above(int byte, uint32_t high) const {
    uint32_t low = low_;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const Text string = list_.at(middle);
      const int own = depth_ < string.size ? static_cast<unsigned char>(string.data[depth_]) : -1;
      if (own > byte) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  const List& list_;
  uint32_t low_ = 0, high_;
  uint32_t depth_ = 0;  // bytes read
};

// The longest string that `text` goes on with, of those that `wanted` takes; -1 where there is
// none. `search` may have read what goes before it. `size`: how many bytes of the text it has.
template <class List, class Wanted>
int32_t longest_prefix(PrefixSearch<List> search, Text text, size_t* size, Wanted wanted) {
  int32_t best = -1;
  for (size_t i = 0; i < text.size && search.extend(text.data[i]); ++i) {
    const int32_t found = search.found();
    if (found < 0 || !wanted(found)) continue;
    best = found;
    *size = i + 1;
  }
  return best;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_PREFIX_H_
