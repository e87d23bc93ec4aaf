// Codes of four bits, with a number of f16 and a minimum for each group of 32.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/tools/pack/packed.h"
#include "tests/tools/refused.h"
#include "tools/pack/quantizer.h"

namespace fovea::test {
namespace {

constexpr schema::DType kType = schema::DType::UInt4;

kernels::F16 half_of(float number) {
  kernels::F16 half;
  kernels::narrow(number, half);
  return half;
}

// Where a code of four bits lies: schema/README.md.
int code_at(const std::string& bytes, size_t place, size_t i) {
  return at<uint8_t>(bytes, place + i % 4) >> (i % 8 < 4 ? 0 : 4) & 15;
}

struct AboveMinimum {
  float unit, minimum;
  std::vector<int8_t> codes;
  explicit AboveMinimum(std::span<const float> numbers, std::span<const double> importance = {})
      : codes(numbers.size()) {
    const tools::UnitAndMinimum made = tools::quantize_above_minimum(numbers, codes, importance);
    unit = kernels::widen(made.unit);
    minimum = kernels::widen(made.minimum);
  }
  float at(size_t i) const { return static_cast<float>(codes[i]) * unit + minimum; }
  double error(std::span<const float> numbers) const {
    double sum = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double wrong = double{unit} * codes[i] + double{minimum} - double{numbers[i]};
      sum += wrong * wrong;
    }
    return sum;
  }
  bool is_exact(std::span<const float> numbers) const {
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (at(i) != numbers[i]) return false;
    }
    return true;
  }
};

// The least error with these two numbers.
double error_with(std::span<const float> numbers, double unit, double minimum) {
  double sum = 0;
  for (const float number : numbers) {
    const double code = std::clamp(std::nearbyint((double{number} - minimum) / unit), 0.0, 15.0);
    const double wrong = code * unit + minimum - double{number};
    sum += wrong * wrong;
  }
  return sum;
}

}  // namespace

TEST_CASE("minima: panels of blocks, a group's numbers before its words") {
  const uint32_t outputs = 21;
  for (const uint32_t k : {100u, 64u, 33u, 8u}) {
    const uint32_t groups = (k + 31) / 32, lines = (k + 7) / 8 + groups;
    const std::vector<float> numbers = random_numbers(outputs * k, 1);
    const std::string panels = packed(numbers, Layout::Panels16, {outputs, k}, kType);
    REQUIRE(panels.size() == 2 * lines * 64);
    for (uint32_t n = 0; n < 32; ++n) {
      for (uint32_t g = 0; g < groups; ++g) {
        const size_t block = n / 16 * lines * 64 + g * 320, left = std::min(32u, k - 32 * g);
        const auto unit = at<kernels::F16>(panels, block + n % 16 * 2);
        const auto minimum = at<kernels::F16>(panels, block + 32 + n % 16 * 2);
        if (n >= outputs) {
          CHECK(unit.bits == 0);
          CHECK(minimum.bits == 0);
          CHECK(at<uint32_t>(panels, block + 64 + n % 16 * 4) == 0);
          continue;
        }
        const AboveMinimum q(std::span<const float>(numbers).subspan(n * k + 32 * g, left));
        CHECK(kernels::widen(unit) == q.unit);
        CHECK(kernels::widen(minimum) == q.minimum);
        for (size_t i = 0; i < (left + 7) / 8 * 8; ++i) {
          const size_t line = block + 64 + i / 8 * 64;
          CHECK(code_at(panels, line + n % 16 * 4, i) == (i < left ? q.codes[i] : 0));
        }
      }
    }
  }
}

TEST_CASE("minima: rows of a table have their groups' numbers behind their words") {
  const std::vector<float> numbers = random_numbers(34 * 40, 1);
  const std::string table = packed(numbers, Layout::Plain, {34, 40}, kType);
  REQUIRE(table.size() == 34 * 28);
  for (size_t row = 0; row < 34; ++row) {
    for (size_t g = 0; g < 2; ++g) {
      const size_t left = g == 0 ? 32 : 8;
      const AboveMinimum q(std::span<const float>(numbers).subspan(row * 40 + 32 * g, left));
      CHECK(kernels::widen(at<kernels::F16>(table, row * 28 + 20 + 4 * g)) == q.unit);
      CHECK(kernels::widen(at<kernels::F16>(table, row * 28 + 22 + 4 * g)) == q.minimum);
      for (size_t i = 0; i < left; ++i) {
        CHECK(code_at(table, row * 28 + (32 * g + i) / 8 * 4, i) == q.codes[i]);
      }
    }
  }
}

// As blocks of ggml's Q4_1 and Q4_0 have them, whichever of the codes are there.
TEST_CASE("minima: codes of two numbers of f16 stay what they are") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const float sign = i % 10 == 0 ? -1.0f : 1.0f;
    const float unit = sign * std::exp2(static_cast<float>(random() % 4096) / 256 - 12);
    const kernels::F16 step = half_of(unit);
    const kernels::F16 minimum =
        i % 3 == 0 ? half_of(-8 * kernels::widen(step))
                   : half_of(unit * (static_cast<float>(random() % 4000) / 100 - 30));
    const int least = static_cast<int>(random() % 15),
              most = least + 1 + static_cast<int>(random() % static_cast<uint32_t>(15 - least));
    std::vector<float> numbers(i % 4 == 0 ? 2 + random() % 30 : 32);
    for (size_t j = 0; j < numbers.size(); ++j) {
      const int code =
          j == 0   ? least
          : j == 1 ? most
                   : least + static_cast<int>(random() % static_cast<uint32_t>(most - least + 1));
      numbers[j] = static_cast<float>(code) * kernels::widen(step) + kernels::widen(minimum);
    }
    CAPTURE(i);
    CAPTURE(least);
    CAPTURE(most);
    CHECK(AboveMinimum(numbers).is_exact(numbers));
  }
}

TEST_CASE("minima: one number alone, zeros and what f16 takes for zero") {
  const std::vector<float> same(32, half_of(0.3f).bits == 0 ? 0.0f : kernels::widen(half_of(0.3f)));
  CHECK(AboveMinimum(same).is_exact(same));
  const std::vector<float> third(5, 1.0f / 3);
  CHECK(AboveMinimum(third).error(third) < 1e-13);
  CHECK(AboveMinimum(std::vector<float>{0.0f, -0.0f}).is_exact(std::vector<float>{0, 0}));
  const AboveMinimum tiny(std::vector<float>{1e-9f, -1e-9f});
  CHECK(tiny.codes == std::vector<int8_t>{0, 0});
  CHECK(tiny.minimum == 0);
}

TEST_CASE("minima: few pairs of numbers leave a smaller error, and none of the extremes'") {
  std::mt19937 random(8);
  double found = 0, extremes = 0, least = 0;
  for (int i = 0; i < 60; ++i) {
    std::normal_distribution<double> normal(i % 3 == 0 ? 1.0 : 0.0, i % 2 == 0 ? 0.05 : 2.0);
    std::vector<float> numbers(32);
    for (float& number : numbers) number = static_cast<float>(normal(random));
    if (i % 5 == 0) numbers[0] *= 3;
    const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
    const double range = double{*high} - double{*low};
    double best = INFINITY;
    for (double levels = 9; levels < 20; levels += 0.1) {
      for (double first = -2; first < 4; first += 0.1) {
        const double unit = kernels::widen(half_of(static_cast<float>(range / levels)));
        const double minimum = kernels::widen(half_of(static_cast<float>(*low + first * unit)));
        best = std::min(best, error_with(numbers, unit, minimum));
      }
    }
    const double error = AboveMinimum(numbers).error(numbers);
    const double plain =
        error_with(numbers, kernels::widen(half_of(static_cast<float>(range / 15))),
                   kernels::widen(half_of(*low)));
    CHECK(error <= plain);
    found += error;
    extremes += plain;
    least += best;
  }
  MESSAGE("of the least error: ", found / least, ", of the extremes': ", found / extremes);
  CHECK(found < 1.05 * least);
  CHECK(found < 0.85 * extremes);
}

TEST_CASE("minima: importance moves a group's numbers towards what matters") {
  const std::vector<float> numbers = random_numbers(32, 1);
  std::array<double, 32> importance;
  importance.fill(1e-6);
  importance[3] = importance[4] = 1;
  const AboveMinimum alike(numbers), weighed(numbers, importance);
  const auto left = [&](const AboveMinimum& q) {
    return std::hypot(q.at(3) - numbers[3], q.at(4) - numbers[4]);
  };
  CHECK(left(weighed) < 0.5 * left(alike));
}

TEST_CASE("minima: numbers too large for f16 are refused, with their place") {
  CHECK(packed({1, 2, 65519, -65519}, Layout::Panels16, {2, 2}, kType).size() == 128);
  check_refusal(
      [] {
        packed({1, 2, 65520, 3}, Layout::Panels16, {2, 2}, kType);
      },
      "tensor w", "65520", "element 2", "uint4");
}

}  // namespace fovea::test
