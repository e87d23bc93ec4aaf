#include "kernels/limits.h"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>

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

namespace {

// A row's lanes: each of them reads every so many numbers.
size_t lanes_of(const kernels::Kernels& row) {
  const std::vector<float> x(64, 1.0f);
  std::vector<float> y(16);
  row.read_limit({x.data(), y.data(), x.size()});
  return static_cast<size_t>(64 / y[0]);
}

// What a lane has of all sums after as many multiply-adds; `x` multiplied are two floats.
float total(void (*limit)(const kernels::LimitF32&), const float* x, size_t count) {
  std::vector<float> y(16);
  limit({x, y.data(), count});
  return y[0];
}

}  // namespace

TEST_CASE("what is read for a limit is all of it") {
  for (const kernels::Kernels* row : runnable_rows()) {
    const size_t count = 64 * 5, lanes = lanes_of(*row);
    REQUIRE((lanes == 1 || lanes == 4 || lanes == 8 || lanes == 16));
    std::vector<float> x(count), y(16);
    std::iota(x.begin(), x.end(), 0.0f);
    row->read_limit({x.data(), y.data(), count});
    const float sum = std::accumulate(y.begin(), y.begin() + static_cast<ptrdiff_t>(lanes), 0.0f);
    CHECK(sum == count * (count - 1) / 2);
  }
}

// Sums begin with 0, 1, 2 and so on. A step is a multiply-add for each lane of each sum.
TEST_CASE("as much is multiplied for a limit as is counted") {
  const float factors[2] = {1.0f, 1.0f};
  for (const kernels::Kernels* row : runnable_rows()) {
    const float none = total(row->multiply_add_limit, factors, 0);
    const float sums = total(row->multiply_add_limit, factors, 1) - none;
    CHECK(none == sums * (sums - 1) / 2);
    const size_t step = lanes_of(*row) * static_cast<size_t>(sums);
    CHECK(total(row->multiply_add_limit, factors, step) == none + sums);
    CHECK(total(row->multiply_add_limit, factors, step + 1) == none + 2 * sums);
    CHECK(total(row->multiply_add_limit, factors, 9 * step) == none + 9 * sums);
  }
}

// Four codes of 1, times 129 to 132.
TEST_CASE("as many codes are multiplied for a limit as are counted") {
  for (const kernels::Kernels* row : runnable_rows()) {
    CHECK(total(row->code_limit, nullptr, 0) == 0);
    const float each = total(row->code_limit, nullptr, 1), sums = each / (129 + 130 + 131 + 132);
    const size_t step = lanes_of(*row) * static_cast<size_t>(sums) * 4;
    CHECK(sums >= 1);
    CHECK(total(row->code_limit, nullptr, step) == each);
    CHECK(total(row->code_limit, nullptr, step + 1) == 2 * each);
    CHECK(total(row->code_limit, nullptr, 9 * step) == 9 * each);
  }
}
