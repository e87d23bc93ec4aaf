#include <doctest/doctest.h>

#include <cstring>

#include "tests/kernels/support.h"

using namespace fovea;

TEST_CASE("rows are found by name, and only by one that is compiled in") {
  for (const kernels::Kernels* row : test::runnable_rows()) {
    CHECK(kernels::select_row(row->name) == row);
  }
  for (const char* name : {"", "avx", "avx5122", "AVX2", "nosuch"}) {
    CHECK(kernels::select_row(name) == nullptr);
  }
}

TEST_CASE("no name selects the fastest row, and the portable one is always there") {
  const std::vector<const kernels::Kernels*> rows = test::runnable_rows();
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
