// Prints each row's checksum of every kernel and compares it with the committed one. A program of
// its own, so that it runs where no test framework does.

#include <stdio.h>
#include <string.h>

#include "tests/kernels/bits_cases.h"

namespace {

using fovea::kernels::Kernels;

constexpr size_t kCases = 60;

#if defined(__arm__)
__attribute__((section(".large.bits")))
#endif
alignas(64) float floats[fovea::test::Memory::kFloats];

struct Expected {
  const char* kernel;
  uint32_t crc;
};

constexpr Expected kExpected[] = {
#define FOVEA_BITS(kernel, crc) {#kernel, crc},
#include "tests/kernels/bits_expected.inc"
#undef FOVEA_BITS
};

bool check(const Kernels& row, const char* kernel, uint32_t crc) {
  bool right = false;
  for (const Expected& e : kExpected) right |= strcmp(e.kernel, kernel) == 0 && e.crc == crc;
  printf("%-12s FOVEA_BITS(%s, 0x%08lx)%s\n", row.name, kernel, static_cast<unsigned long>(crc),
         right ? "" : "  differs");
  return right;
}

bool check_row(const Kernels& row) {
  bool right = true;
#define FOVEA_KERNEL(name, Args) \
  right &= check(row, #name, fovea::test::bits_of(row, floats, kCases, fovea::test::bits_##name));
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
  return right;
}

}  // namespace

int main() {
  bool right = true;
  for (const Kernels* const* row = fovea::kernels::compiled_rows(); *row != nullptr; ++row) {
    if (fovea::kernels::cpu_has(**row)) {
      right &= check_row(**row);
    } else {
      printf("%-12s not on this processor\n", (*row)->name);
    }
  }
  puts(right ? "bits: as expected" : "bits: DIFFERENT");
  return right ? 0 : 1;
}
