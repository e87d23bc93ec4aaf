// Elements of weights. widen() says what number an element is, exactly; narrow() makes the element
// nearest to a number (ties to even), which is an infinity where the number is too large. They are
// static because rows use them: no row may lend its copy to another.

#ifndef FOVEA_KERNELS_FORMATS_H_
#define FOVEA_KERNELS_FORMATS_H_

#include <cstdint>
#include <cstring>

#include "kernels/layout.h"

namespace fovea {
namespace kernels {

using F32 = float;

static inline float widen(F32 element) {
  return element;
}
static inline void narrow(float number, F32& element) {
  element = number;
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits.
struct F16 {
  uint16_t bits;
};

static inline float widen(F16 element) {
  const uint32_t sign = static_cast<uint32_t>(element.bits & 0x8000) << 16;
  const uint32_t exponent = element.bits >> 10 & 0x1f, fraction = element.bits & 0x3ff;
  // A subnormal number is fraction * 2^-24, which a float holds exactly.
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t bits = sign | (exponent == 0x1f ? 0xff : exponent + 112) << 23 | fraction << 13;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

static inline void narrow(float number, F16& element) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) {
    bits = 0x7e00;  // NaN
  } else if (bits >= 0x477ff000) {
    bits = 0x7c00;  // 65520 and beyond
  } else if (bits >= 0x38800000) {
    bits = (bits + 0xfff + (bits >> 13 & 1) - 0x38000000) >> 13;  // from 2^-14 on
  } else {
    // Floats between 0.5 and 1 lie 2^-24 apart, as subnormal numbers do.
    const float sum = (number < 0 ? -number : number) + 0.5f;
    std::memcpy(&bits, &sum, sizeof bits);
    bits -= 0x3f000000;
  }
  element.bits = static_cast<uint16_t>(sign | bits);
}

// The upper half of a binary32: 1 sign, 8 exponent (bias 127) and 7 fraction bits.
struct BF16 {
  uint16_t bits;
};

static inline float widen(BF16 element) {
  const uint32_t bits = static_cast<uint32_t>(element.bits) << 16;
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

static inline void narrow(float number, BF16& element) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  if ((bits & 0x7fffffff) > 0x7f800000) {
    bits |= 0x400000;  // NaN stays one
  } else {
    bits += 0x7fff + (bits >> 16 & 1);  // an overflow goes on to infinity
  }
  element.bits = static_cast<uint16_t>(bits >> 16);
}

// A code from -127 to 127, which stands for that many times a number of its output.
struct I8 {
  int8_t code;
  static constexpr size_t panel_bytes(size_t k) { return code_panel_bytes(k); }
};

// Two codes of 4 bits; of each group so many numbers (kernels/layout.h).
template <size_t numbers>
struct Halves {
  uint8_t codes;
  static constexpr size_t kNumbers = numbers;
  static constexpr size_t panel_bytes(size_t k) { return half_panel_bytes(k, numbers); }
};

// From -8 to 7, which stand for that many times a number of their group.
using I4 = Halves<1>;

// From 0 to 15, which stand for that many times a number of their group and its minimum.
using U4 = Halves<2>;

// A code of a key or a value, from -127 to 127, which stands for that many times a number of its
// slot. Blocks of 16 slots are followed by 16 f32: those numbers.
struct C8 {
  int8_t code;
};

static inline float widen(C8 element) {
  return static_cast<float>(element.code);
}

// Elements that a slot of a cache takes, the key or the value of a head, where 16 of them take
// `width` each besides what follows.
template <class K>
constexpr size_t slot_elements(size_t width) {
  return width;
}
template <>
constexpr size_t slot_elements<C8>(size_t width) {
  return width + sizeof(float);
}

// Elements of a panel of 16 outputs, whatever goes with it included.
template <class W>
constexpr size_t panel_elements(size_t k) {
  if constexpr (sizeof(W) == 1) {
    return W::panel_bytes(k);
  } else {
    return k * kPanel;
  }
}

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_FORMATS_H_
