#include "kernels/limits.h"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

TEST_CASE("limits are measured for every row, and fewer floats than a step are not read past") {
  for (const kernels::Kernels* row : runnable_rows()) {
    const std::vector<float> buffer(1 << 16, 1.0f);
    CHECK(kernels::multiply_add_gflops(*row, now, 1 << 16) > 0.0);
    CHECK(kernels::code_gops(*row, now, 1 << 16) > 0.0);
    CHECK(kernels::read_gbytes(*row, now, buffer.data(), buffer.size(), 4) > 0.0);
    for (size_t count : awkward_sizes(400)) {
      const Guarded x(count);
      Guarded y(16);
      row->read_limit({x.data(), y.data(), count});
      CHECK(y.intact());
    }
  }
}
