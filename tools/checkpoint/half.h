// Sixteen-bit floating-point numbers, widened exactly.

#ifndef FOVEA_TOOLS_CHECKPOINT_HALF_H_
#define FOVEA_TOOLS_CHECKPOINT_HALF_H_

#include <bit>
#include <cstdint>

namespace fovea::tools {

// bfloat16 is the upper half of a float.
inline float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits.
inline float from_half(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t fraction = bits & 0x3ff;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  // A subnormal half is fraction * 2^-24, which a float holds exactly.
  const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_HALF_H_
