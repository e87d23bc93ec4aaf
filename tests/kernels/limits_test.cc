#include "kernels/limits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string_view>

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

// Every number is read once: a lane's sum is of all that it met in any of the streams.
TEST_CASE("what is read for a limit is all of it") {
  for (const kernels::Kernels* row : runnable_rows()) {
    const size_t count = 64 * 5;
    std::vector<float> x(count, 1.0f), y(16);
    row->read_limit({x.data(), y.data(), count});
    const auto width = static_cast<size_t>(static_cast<float>(count) / y[0]);
    REQUIRE(width >= 1);
    REQUIRE(width <= 16);
    for (size_t i = 0; i < count; ++i) x[i] = static_cast<float>(i);
    row->read_limit({x.data(), y.data(), count});
    const float sum = std::accumulate(y.begin(), y.begin() + static_cast<ptrdiff_t>(width), 0.0f);
    CHECK(sum == count * (count - 1) / 2);
  }
}

TEST_CASE("wide rows multiply codes nearly as fast as floats, or faster") {
  for (const kernels::Kernels* row : runnable_rows()) {
    if (std::string_view(row->name).substr(0, 3) != "avx") continue;
    double floats = 0, codes = 0;
    for (int i = 0; i < 20; ++i) {
      floats = std::max(floats, kernels::multiply_add_gflops(*row, now, 1 << 20));
      codes = std::max(codes, kernels::code_gops(*row, now, 1 << 20));
    }
    CHECK(codes > floats / 4);
  }
}
