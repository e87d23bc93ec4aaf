#include "tools/measure/moments.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

namespace fovea::test {
namespace {

std::vector<float> random_rows(size_t rows, size_t columns, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> numbers(rows * columns);
  for (float& number : numbers) number = normal(random);
  return numbers;
}

}  // namespace

TEST_CASE("moments are sums over rows, of seen ones and of exact by seen") {
  tools::Moments moments(2);
  moments.add(std::vector<float>{1, 2, 3, 4}, std::vector<float>{5, 6, 7, 8});
  moments.add(std::vector<float>{10, 20}, std::vector<float>{1, -1});
  CHECK(moments.seen(0)[0] == 25 + 49 + 1);
  CHECK(moments.seen(1)[0] == 30 + 56 - 1);
  CHECK(moments.seen(1)[1] == 36 + 64 + 1);
  CHECK(moments.crossed(0)[0] == 5 + 21 + 10);
  CHECK(moments.crossed(0)[1] == 6 + 24 - 10);
  CHECK(moments.crossed(1)[0] == 10 + 28 + 20);
  CHECK(moments.crossed(1)[1] == 12 + 32 - 20);
  CHECK(moments.is_usable());
  moments.damp(0.5);  // of 88
  CHECK(moments.seen(0)[0] == 75 + 44);
  CHECK(moments.seen(1)[1] == 101 + 44);
  CHECK(moments.seen(1)[0] == 85);
  CHECK(moments.crossed(1)[1] == 24 + 44);
  CHECK(moments.crossed(1)[0] == 58);
}

TEST_CASE("moments of nothing, of zeros and of what is no number are of no use") {
  CHECK(!tools::Moments(3).is_usable());
  tools::Moments zeros(1), infinite(1), crossed(1);
  zeros.add(std::vector<float>{1}, std::vector<float>{0});
  CHECK(!zeros.is_usable());
  infinite.add(std::vector<float>{1}, std::vector<float>{INFINITY});
  CHECK(!infinite.is_usable());
  crossed.add(std::vector<float>{NAN}, std::vector<float>{1});
  CHECK(!crossed.is_usable());
}

TEST_CASE("factors multiply to the matrix") {
  constexpr size_t kColumns = 9;
  tools::Moments moments(kColumns);
  const std::vector<float> rows = random_rows(40, kColumns, 1);
  moments.add(rows, rows);
  const tools::Factors factors(moments);
  const auto upper = [&](size_t i, size_t j) { return i == j ? 1.0 : factors.column(j)[i]; };
  for (size_t i = 0; i < kColumns; ++i) {
    CHECK(factors.diagonal()[i] > 0);
    for (size_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (size_t m = i; m < kColumns; ++m)
        sum += upper(i, m) * factors.diagonal()[m] * upper(j, m);
      CHECK(std::abs(sum - moments.seen(i)[j]) < 1e-11);
    }
  }
}

}  // namespace fovea::test
