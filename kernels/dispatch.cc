// Which rows this library holds and which of them this processor can run. The build defines
// FOVEA_ROW_<ROW> for each row it compiled.

#include "kernels/kernels.h"

#if defined(FOVEA_ROW_NEON32) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace fovea {
namespace kernels {

#if defined(FOVEA_SINGLE_ISA)
namespace FOVEA_SINGLE_ISA {
extern const Kernels table;
}
#else
namespace avx512 {
extern const Kernels table;
}
namespace avx2 {
extern const Kernels table;
}
namespace neon {
extern const Kernels table;
}
namespace portable {
extern const Kernels table;
}
namespace neon32 {
extern const Kernels table;
}
#endif

namespace {

// Fastest first.
constexpr const Kernels* kRows[] = {
#if defined(FOVEA_SINGLE_ISA)
    &FOVEA_SINGLE_ISA::table,
#else
#if defined(FOVEA_ROW_AVX512)
    &avx512::table,
#endif
#if defined(FOVEA_ROW_AVX2)
    &avx2::table,
#endif
#if defined(FOVEA_ROW_NEON)
    &neon::table,
#endif
#if defined(FOVEA_ROW_PORTABLE)
    &portable::table,
#endif
#endif
    nullptr,
};

bool equal(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) {
    ++a;
    ++b;
  }
  return *a == *b;
}

}  // namespace

const Kernels* const* compiled_rows() {
  return kRows;
}

// A build for one instruction set was told what its processor has. The tests of the compiler's
// library ask the operating system for the wide registers too (xgetbv). They know nothing before
// a constructor of that library has run, which a global object's may precede.
bool cpu_has(const Kernels& row) {
#if !defined(FOVEA_SINGLE_ISA) && defined(__x86_64__)
  __builtin_cpu_init();
  if (equal(row.name, "avx512")) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma");
  }
  if (equal(row.name, "avx2")) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
#endif
#if defined(FOVEA_ROW_NEON32) && defined(__linux__)
  if (&row == &neon32::table) {
    constexpr unsigned long kNeeds = HWCAP_NEON | HWCAP_VFPv4;
    return (getauxval(AT_HWCAP) & kNeeds) == kNeeds;
  }
#endif
  (void)row;
  return true;
}

const Kernels* select_row(const char* name) {
  for (const Kernels* const* row = kRows; *row != nullptr; ++row) {
    if ((name == nullptr || equal((*row)->name, name)) && cpu_has(**row)) return *row;
  }
#if defined(FOVEA_ROW_NEON32)
  const Kernels& row = neon32::table;
  if (name != nullptr && equal(row.name, name) && cpu_has(row)) return &row;
#endif
  return nullptr;
}

}  // namespace kernels
}  // namespace fovea
