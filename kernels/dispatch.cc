// Which rows this library holds and which of them this processor can run. The build defines
// FOVEA_ROW_name as 1 for each row of rows.inc that it compiled, and as 0 for the others.

#include "kernels/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif (defined(__arm__) || defined(__aarch64__)) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace fovea {
namespace kernels {

#define FOVEA_ROW_IN(object, name, processor, needs) \
  namespace object {                                 \
  extern const Kernels name;                         \
  }
#define FOVEA_ROW(name, processor, needs) \
  namespace name {                        \
  extern const Kernels table;             \
  }
#include "kernels/rows.inc"
#undef FOVEA_ROW

namespace {

// FOVEA_IF(FOVEA_ROW_name, text): the text where the row was compiled.
#define FOVEA_IF(condition, ...) FOVEA_IF_VALUE(condition, __VA_ARGS__)
#define FOVEA_IF_VALUE(condition, ...) FOVEA_IF_##condition(__VA_ARGS__)
#define FOVEA_IF_0(...)
#define FOVEA_IF_1(...) __VA_ARGS__

// A row in the object of another; a build for one instruction set has none.
#if defined(FOVEA_SINGLE_ISA)
#define FOVEA_IF_TOO(...)
#else
#define FOVEA_IF_TOO FOVEA_IF
#endif

// Fastest first.
constexpr const Kernels* kRows[] = {
#define FOVEA_NAMED_ROW(name, processor, needs)
#define FOVEA_ROW_IN(object, name, processor, needs) \
  FOVEA_IF_TOO(FOVEA_ROW_##object, &object::name, )
#define FOVEA_ROW(name, processor, needs) FOVEA_IF(FOVEA_ROW_##name, &name::table, )
#include "kernels/rows.inc"
#undef FOVEA_ROW
    nullptr,
};

constexpr const Kernels* kNamedRows[] = {
#define FOVEA_NAMED_ROW(name, processor, needs) FOVEA_IF(FOVEA_ROW_##name, &name::table, )
#define FOVEA_ROW(name, processor, needs)
#include "kernels/rows.inc"
#undef FOVEA_ROW
    nullptr,
};

bool equal(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) {
    ++a;
    ++b;
  }
  return *a == *b;
}

const Kernels* find(const Kernels* const* rows, const char* name) {
  for (; *rows != nullptr; ++rows) {
    if ((name == nullptr || equal((*rows)->name, name)) && cpu_has(**rows)) return *rows;
  }
  return nullptr;
}

}  // namespace

const Kernels* const* compiled_rows() {
  return kRows;
}

// A build for one instruction set was told what its processor has. The tests of the compiler's
// library ask the operating system for the wide registers too (xgetbv). They know nothing before
// a constructor of that library has run, which a global object's may precede.
bool cpu_has(const Kernels& row) {
#if defined(FOVEA_SINGLE_ISA)
  (void)row;
#else
#if defined(__x86_64__)
  __builtin_cpu_init();
  unsigned a = 0, b = 0, ecx = 0, d = 0;
  const bool asked = __get_cpuid(1, &a, &b, &ecx, &d) != 0;
#define FOVEA_HAS_CPUID_f16c (asked && (ecx & bit_F16C) != 0)
  unsigned more = 0;
  const bool asked_more = __get_cpuid_count(7, 1, &more, &b, &a, &d) != 0;
#define FOVEA_HAS_CPUID_avx_vnni (asked_more && (more >> 4 & 1) != 0)
#define FOVEA_CPUID(feature) &&FOVEA_HAS_CPUID_##feature
#define FOVEA_CPU(feature) &&__builtin_cpu_supports(#feature)
#elif (defined(__arm__) || defined(__aarch64__)) && defined(__linux__)
#define FOVEA_CPU(feature) &&(getauxval(AT_HWCAP) & HWCAP_##feature) != 0
#define FOVEA_CPU2(feature) &&(getauxval(AT_HWCAP2) & HWCAP2_##feature) != 0
#else
#define FOVEA_CPU(feature) &&FOVEA_HAS_##feature
#define FOVEA_CPU2 FOVEA_CPU
#define FOVEA_HAS_ASIMDDP false  // only Linux is asked
#define FOVEA_HAS_I8MM false
#define FOVEA_HAS_NEON true
#define FOVEA_HAS_VFPv4 true
#endif
#define FOVEA_ROW_IN(object, name, processor, needs) \
  FOVEA_IF_TOO(FOVEA_ROW_##object, if (&row == &object::name) return true needs;)
#define FOVEA_ROW(name, processor, needs) \
  FOVEA_IF(FOVEA_ROW_##name, if (&row == &name::table) return true needs;)
#include "kernels/rows.inc"
#undef FOVEA_ROW
#endif
  return true;
}

const Kernels* select_row(const char* name) {
  const Kernels* row = find(kRows, name);
  return row != nullptr || name == nullptr ? row : find(kNamedRows, name);
}

}  // namespace kernels
}  // namespace fovea
