// Sets of code points.

#ifndef FOVEA_RUNTIME_TEXT_RANGES_H_
#define FOVEA_RUNTIME_TEXT_RANGES_H_

#include "runtime/schema.h"

namespace fovea {

// Whether a point is in the ranges that begin and, in turn, end at `bounds`, which ascend.
inline bool in_ranges(const flatbuffers::Vector<uint32_t>* bounds, uint32_t point) {
  uint32_t low = 0, high = size_of(bounds);
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (bounds->Get(middle) <= point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low % 2 != 0;
}

// White space as Unicode has it.
inline bool is_space(uint32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_RANGES_H_
