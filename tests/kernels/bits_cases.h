// One checksum per kernel over a fixed set of deterministic cases: what a row must give, bit by
// bit, on every machine. No heap, no standard library: also runs on microcontrollers.

#ifndef FOVEA_TESTS_KERNELS_BITS_CASES_H_
#define FOVEA_TESTS_KERNELS_BITS_CASES_H_

#include "tests/kernels/bits/attention.h"
#include "tests/kernels/bits/codes.h"
#include "tests/kernels/bits/linear.h"
#include "tests/kernels/bits/rowwise.h"
#include "tests/kernels/bits/store.h"

namespace fovea::test {

// The results of the measuring kernels are not defined.
inline void bits_multiply_add_limit(const kernels::Kernels&, Memory&, Crc&) {}
inline void bits_code_limit(const kernels::Kernels&, Memory&, Crc&) {}
inline void bits_read_limit(const kernels::Kernels&, Memory&, Crc&) {}

// The checksum of `cases` cases of the kernel that `bits_case` runs, over Memory::kFloats floats.
template <class Case>
uint32_t bits_of(const kernels::Kernels& row, float* floats, size_t cases, Case bits_case,
                 bool extremes = true) {
  Memory memory(floats, Lcg(2024, extremes));
  Crc crc;
  for (size_t i = 0; i < cases; ++i) {
    memory.clear();
    bits_case(row, memory, crc);
  }
  return crc.value();
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_CASES_H_
