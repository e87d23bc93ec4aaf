// Sixteen-bit floating-point numbers, widened exactly.

#ifndef FOVEA_TOOLS_CHECKPOINT_HALF_H_
#define FOVEA_TOOLS_CHECKPOINT_HALF_H_

#include <bit>
#include <cstdint>

#include "kernels/formats.h"

namespace fovea::tools {

// bfloat16 is the upper half of a float.
inline float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

inline float from_half(uint16_t bits) {
  return kernels::widen(kernels::F16{bits});
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_HALF_H_
