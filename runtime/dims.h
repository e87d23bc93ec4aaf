// Dims that are derived from others.

#ifndef FOVEA_RUNTIME_DIMS_H_
#define FOVEA_RUNTIME_DIMS_H_

#include "runtime/error.h"
#include "runtime/schema.h"

namespace fovea {

inline bool is_derived(const schema::Dim& dim) {
  return dim.x() >= 0;
}

// floor((a * x + b * y + c) / d), 0 where that is less than 1. What is made of the maxima fits 32
// bits before it is divided, and no other values make more.
struct Derivation {
  uint32_t a, b;
  int32_t c;
  uint32_t d;
  uint32_t of(uint32_t x, uint32_t y) const {
    const int64_t sum = static_cast<int64_t>(uint64_t{a} * x + uint64_t{b} * y) + c;
    return sum < 1 ? 0 : static_cast<uint32_t>(sum) / d;
  }
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_DIMS_H_
