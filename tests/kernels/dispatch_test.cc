#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "tests/kernels/support.h"

using namespace fovea;

TEST_CASE("rows are found by name, and only by one that is compiled in") {
  for (const kernels::Kernels* row : test::exact_rows()) {
    CHECK(kernels::select_row(row->name) == row);
  }
  for (const char* name : {"", "avx", "avx5122", "AVX2", "nosuch"}) {
    CHECK(kernels::select_row(name) == nullptr);
  }
}

TEST_CASE("no name selects the fastest row, and the portable one is always there") {
  const std::vector<const kernels::Kernels*> rows = test::exact_rows();
  REQUIRE(!rows.empty());
  CHECK(kernels::select_row(nullptr) == rows.front());
#if !defined(FOVEA_SINGLE_ISA)
  CHECK(std::strcmp(rows.back()->name, "portable") == 0);
  for (const kernels::Kernels* row : rows) {
#define FOVEA_KERNEL(name, Args) CHECK(row->name != nullptr);
#include "kernels/kernels.inc"
#undef FOVEA_KERNEL
  }
#endif
}

// It flushes subnormal numbers, so nobody may get it unasked.
TEST_CASE("32-bit NEON is found by its name only") {
  const kernels::Kernels* neon32 = kernels::select_row("neon32");
#if FOVEA_ROW_neon32
  REQUIRE(neon32 != nullptr);
  CHECK(neon32->name == std::string("neon32"));
#else
  CHECK(neon32 == nullptr);
#endif
  for (const kernels::Kernels* row : test::exact_rows()) CHECK(row != neon32);
}
