// Round to nearest without flushing denormals, for as long as the object lives.

#ifndef FOVEA_RUNTIME_ROUNDING_H_
#define FOVEA_RUNTIME_ROUNDING_H_

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace fovea {

#if defined(__SSE__)
inline uint32_t get_float_mode() {
  return _mm_getcsr();
}
inline void set_float_mode(uint32_t mode) {
  _mm_setcsr(mode);
}
// Rounding control (bits 13 and 14), flush to zero (15), denormals are zero (6).
inline uint32_t exact_mode(uint32_t mode) {
  return mode & ~uint32_t{0xE040};
}
#elif defined(__aarch64__)
inline uint64_t get_float_mode() {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void set_float_mode(uint64_t mode) {
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}
// Rounding mode (bits 22 and 23), flush to zero (24), default NaN (25), and the f16 flush (19).
inline uint64_t exact_mode(uint64_t mode) {
  return mode & ~uint64_t{0x3C80000};
}
#elif defined(__arm__) && defined(__ARM_FP)
inline uint32_t get_float_mode() {
  uint32_t mode;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
  return mode;
}
inline void set_float_mode(uint32_t mode) {
  __asm__ volatile("vmsr fpscr, %0" : : "r"(mode));
}
inline uint32_t exact_mode(uint32_t mode) {
  return mode & ~uint32_t{0x3C00000};
}
#elif defined(__riscv_flen)
inline uint32_t get_float_mode() {
  uint32_t mode;
  __asm__ volatile("frrm %0" : "=r"(mode));
  return mode;
}
inline void set_float_mode(uint32_t mode) {
  __asm__ volatile("fsrm %0" : : "r"(mode));
}
inline uint32_t exact_mode(uint32_t) {
  return 0;
}
#else
// WebAssembly and soft floats know one mode only.
inline uint32_t get_float_mode() {
  return 0;
}
inline void set_float_mode(uint32_t) {}
inline uint32_t exact_mode(uint32_t mode) {
  return mode;
}
#endif

class ExactRounding {
 public:
  ExactRounding() : before_(get_float_mode()) {
    if (exact_mode(before_) != before_) set_float_mode(exact_mode(before_));
  }
  ~ExactRounding() {
    if (exact_mode(before_) != before_) set_float_mode(before_);
  }
  ExactRounding(const ExactRounding&) = delete;
  ExactRounding& operator=(const ExactRounding&) = delete;

 private:
  decltype(get_float_mode()) before_;
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_ROUNDING_H_
