// Random numbers and memory of the cases of bits_cases.h, and their checksum.

#ifndef FOVEA_TESTS_KERNELS_BITS_MEMORY_H_
#define FOVEA_TESTS_KERNELS_BITS_MEMORY_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels/formats.h"
#include "kernels/kernels.h"

namespace fovea::test {

// Knuth's and Lewis's generator. The upper bits only.
class Lcg {
 public:
  explicit Lcg(uint32_t seed, bool extremes = true) : state_(seed), extremes_(extremes) {}
  uint32_t next() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  size_t below(size_t n) { return next() % n; }
  size_t from(size_t low, size_t high) { return low + below(high - low + 1); }
  float uniform() { return (static_cast<float>(next()) - 8388608.0f) / 8388608.0f; }
  // Mostly in [-1, 1), now and then a zero of either sign, a subnormal or something large. Without
  // extremes, multiples of 2^-23 in [-1, 1) only.
  float number() {
    const float u = uniform();
    if (!extremes_) return u;
    switch (below(64)) {
      case 0:
        return 0.0f;
      case 1:
        return -0.0f;
      case 2:
        return u * 1e-40f;
      case 3:
        return u * 64.0f;
      case 4:
        return u * 1e-20f;
      default:
        return u;
    }
  }

 private:
  uint32_t state_;
  bool extremes_;
};

// Memory from which a case takes its tensors, aligned to 64 bytes.
class Memory {
 public:
  static constexpr size_t kFloats = 96 * 1024;
  Memory(float* floats, Lcg numbers) : base_(floats), random(numbers) {}
  void clear() { used_ = 0; }
  float* take(size_t floats) {
    float* p = base_ + used_;
    used_ += (floats + 15) / 16 * 16;
    if (used_ > kFloats) __builtin_trap();
    return p;
  }
  float* numbers(size_t floats) {
    float* p = take(floats);
    for (size_t i = 0; i < floats; ++i) p[i] = random.number();
    return p;
  }
  // Weights of the type W.
  template <class W>
  W* elements(size_t count) {
    W* p = reinterpret_cast<W*>(take((count * sizeof(W) + sizeof(float) - 1) / sizeof(float)));
    for (size_t i = 0; i < count; ++i) kernels::narrow(random.number(), p[i]);
    return p;
  }
  float* zeros(size_t floats) {
    float* p = take(floats);
    memset(p, 0, floats * sizeof(float));
    return p;
  }

 private:
  float* base_;
  size_t used_ = 0;

 public:
  Lcg random;
};

class Crc {
 public:
  void add(const float* x, size_t count) {
    const unsigned char* bytes = reinterpret_cast<const unsigned char*>(x);
    for (size_t i = 0; i < count * sizeof(float); ++i) {
      crc_ ^= bytes[i];
      for (int bit = 0; bit < 8; ++bit) crc_ = (crc_ >> 1) ^ ((crc_ & 1) ? 0xedb88320u : 0u);
    }
  }
  void add(const float* x, size_t rows, size_t width, size_t stride) {
    for (size_t r = 0; r < rows; ++r) add(x + r * stride, width);
  }
  uint32_t value() const { return ~crc_; }

 private:
  uint32_t crc_ = ~0u;
};

inline size_t up16(size_t n) {
  return (n + 15) / 16 * 16;
}

inline kernels::Function any_function(Lcg& random) {
  return static_cast<kernels::Function>(random.below(7));
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_MEMORY_H_
