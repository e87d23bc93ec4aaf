#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/support/skip.h"

namespace fovea::test {
namespace {
int skipped = 0;
}

void skip(const char* reason) {
  ++skipped;
  std::printf("SKIPPED: %s\n", reason);
}

}  // namespace fovea::test

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int failed = context.run();
  if (failed != 0) return failed;
  return fovea::test::skipped > 0 ? 77 : 0;  // ctest's sign for a test that was skipped
}
