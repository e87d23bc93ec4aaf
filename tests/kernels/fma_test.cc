// The project's own fused multiply-add against the C library's, which is correctly rounded (and
// the processor's own instruction where it has one).

#define FOVEA_ROW test_row
#include "kernels/impl/fma-inl.h"
#undef FOVEA_ROW

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "tests/kernels/support.h"

namespace {

using fovea::kernels::test_row::software_fma;

float from_bits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

bool agrees(float a, float b, float c) {
  const float mine = software_fma(a, b, c), expected = std::fma(a, b, c);
  if (std::isnan(expected)) return std::isnan(mine);
  return std::memcmp(&mine, &expected, sizeof mine) == 0;
}

class Bits {
 public:
  uint32_t next() {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1dull) >> 32);
  }

 private:
  uint64_t state_ = 88172645463325252ull;
};

// Few significant bits: half-way cases and exact sums become common.
float coarse(Bits& bits, uint32_t exponent_low, uint32_t exponent_range) {
  const uint32_t exponent = exponent_low + bits.next() % exponent_range;
  const uint32_t mantissa = bits.next() & bits.next() & 0x7fffffu & ~((1u << bits.next() % 24) - 1);
  return from_bits((bits.next() & 0x80000000u) | exponent << 23 | mantissa);
}

}  // namespace

TEST_CASE("software fma: any floats") {
  Bits bits;
  size_t wrong = 0;
  for (int i = 0; i < 2000000; ++i) {
    const float a = from_bits(bits.next()), b = from_bits(bits.next()), c = from_bits(bits.next());
    wrong += !agrees(a, b, c);
  }
  CHECK(wrong == 0);
}

TEST_CASE("software fma: sums near the product, half-way cases, subnormal and huge results") {
  const uint32_t ranges[][3] = {{120, 120, 120}, {60, 64, 1}, {1, 126, 1}, {190, 188, 250}};
  for (const auto& low : ranges) {
    Bits bits;
    size_t wrong = 0;
    for (int i = 0; i < 1000000; ++i) {
      wrong += !agrees(coarse(bits, low[0], 4), coarse(bits, low[1], 4), coarse(bits, low[2], 4));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("software fma: a tiny third term decides a half-way product") {
  Bits bits;
  size_t wrong = 0;
  for (int i = 0; i < 1000000; ++i) {
    // Both odd: the product has 24 or 25 significant bits, with 25 half-way between two floats.
    const float a = static_cast<float>((bits.next() & 0x7ff) * 2 + 1 + 4096);
    const float b = static_cast<float>((bits.next() & 0x3ff) * 2 + 1 + 2048);
    wrong += !agrees(a, b, coarse(bits, 1, 90));
  }
  CHECK(wrong == 0);
}

TEST_CASE("software fma: products a little less than half a unit of the third term") {
  Bits bits;
  size_t wrong = 0;
  for (int i = 0; i < 1000000; ++i) {
    // (1 + d)(1 - d) 2^e = (1 - d^2) 2^e, where 2^e is half a unit of c, normal or not.
    const float d = static_cast<float>(bits.next() & 7) * 0x1p-23f;
    const int exponent = i % 2 ? -150 : static_cast<int>(bits.next() % 60) - 30;
    const float a = std::ldexp(1.0f + d, exponent / 2),
                b = std::ldexp(1.0f - d, exponent - exponent / 2);
    const uint32_t c_exponent = i % 2 ? 0 : static_cast<uint32_t>(exponent + 24 + 127);
    const float c = from_bits((bits.next() & 0x807fffffu) | c_exponent << 23);
    wrong += !agrees(a, b, c);
    wrong += !agrees(-a, b, c);
  }
  CHECK(wrong == 0);
}

TEST_CASE("software fma: every pairing of special values") {
  std::vector<float> special;
  for (uint32_t bits : {0u, 1u, 2u, 0x7fffffu, 0x800000u, 0x800001u, 0x3f800000u, 0x3f800001u,
                        0x3f7fffffu, 0x33800000u, 0x7f7fffffu, 0x7f000000u, 0x7f800000u,
                        0x7fc00000u, 0x34000000u, 0x00ffffffu, 0x1f800000u}) {
    special.push_back(from_bits(bits));
    special.push_back(from_bits(bits | 0x80000000u));
  }
  for (float a : special) {
    for (float b : special) {
      for (float c : special) CHECK(agrees(a, b, c));
    }
  }
}
