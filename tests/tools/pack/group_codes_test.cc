// Codes of four bits, with a number of f16 for each group of 32.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "kernels/layout.h"
#include "tests/tools/pack/packed.h"
#include "tests/tools/refused.h"
#include "tools/pack/quantizer.h"

namespace fovea::test {
namespace {

// Where a code of four bits and the number of its group lie: schema/README.md.
int half_at(const std::string& bytes, size_t place, size_t i) {
  return (at<uint8_t>(bytes, place + i % 4) >> (i % 8 < 4 ? 0 : 4) & 15) - 8;
}

struct QuantizedGroup {
  float unit;
  std::vector<int8_t> codes;
  explicit QuantizedGroup(std::span<const float> numbers) : codes(numbers.size()) {
    unit = kernels::widen(tools::quantize_group(numbers, codes));
  }
  double error(std::span<const float> numbers) const {
    double sum = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double wrong = double{unit} * codes[i] - double{numbers[i]};
      sum += wrong * wrong;
    }
    return sum;
  }
};

}  // namespace

TEST_CASE("groups: panels of blocks, two groups' numbers before their words") {
  const uint32_t outputs = 21;
  for (const uint32_t k : {100u, 64u, 33u, 8u}) {
    const uint32_t words = (k + 7) / 8, groups = (k + 31) / 32, lines = words + (groups + 1) / 2;
    const std::vector<float> numbers = random_numbers(outputs * k, 1);
    const std::string panels = packed(numbers, Layout::Panels16, {outputs, k}, schema::DType::Int4);
    REQUIRE(panels.size() == 2 * lines * 64);
    for (uint32_t n = 0; n < 32; ++n) {
      const size_t panel = n / 16 * lines * 64;
      for (uint32_t g = 0; g < groups; ++g) {
        const size_t block = panel + g / 2 * 576, left = std::min(32u, k - 32 * g);
        if (n >= outputs) {
          CHECK(at<uint16_t>(panels, block + g % 2 * 32 + n % 16 * 2) == 0);
          continue;
        }
        const QuantizedGroup q(std::span<const float>(numbers).subspan(n * k + 32 * g, left));
        CHECK(kernels::widen(at<kernels::F16>(panels, block + g % 2 * 32 + n % 16 * 2)) == q.unit);
        for (size_t i = 0; i < left; ++i) {
          const size_t line = block + 64 + g % 2 * 256 + i / 8 * 64;
          CHECK(half_at(panels, line + n % 16 * 4, i) == q.codes[i]);
        }
      }
    }
  }
}

TEST_CASE("groups: what is past the columns is zero") {
  const std::string panels =
      packed(std::vector<float>(16 * 33, 1.0f), Layout::Panels16, {16, 33}, schema::DType::Int4);
  REQUIRE(panels.size() == 64 + 5 * 64);
  for (size_t n = 0; n < 16; ++n) {
    const size_t last = 64 + 4 * 64 + n * 4;
    CHECK(at<uint8_t>(panels, last) < 16);  // one code in the lower half
    for (size_t i = 1; i < 4; ++i) CHECK(at<uint8_t>(panels, last + i) == 0);
  }
}

TEST_CASE("groups: gated panels take turns, rows of a table follow each other") {
  const std::vector<float> numbers = random_numbers(2 * 17 * 40, 1);
  const schema::DType type = schema::DType::Int4;
  const std::string both = packed(numbers, Layout::GatedPanels16, {2, 17, 40}, type);
  const auto middle = numbers.begin() + 680;
  const std::string gate = packed({numbers.begin(), middle}, Layout::Panels16, {17, 40}, type);
  const std::string up = packed({middle, numbers.end()}, Layout::Panels16, {17, 40}, type);
  const size_t panel = 64 + 5 * 64;
  REQUIRE(both.size() == 4 * panel);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(both.substr(2 * i * panel, panel) == gate.substr(i * panel, panel));
    CHECK(both.substr((2 * i + 1) * panel, panel) == up.substr(i * panel, panel));
  }
  const std::string table = packed(numbers, Layout::Plain, {34, 40}, type);
  REQUIRE(table.size() == 34 * 24);
  for (size_t row = 0; row < 34; ++row) {
    for (size_t g = 0; g < 2; ++g) {
      const size_t left = g == 0 ? 32 : 8;
      const QuantizedGroup q(std::span<const float>(numbers).subspan(row * 40 + 32 * g, left));
      CHECK(kernels::widen(at<kernels::F16>(table, row * 24 + 20 + 2 * g)) == q.unit);
      for (size_t i = 0; i < left; ++i) {
        CHECK(half_at(table, row * 24 + (32 * g + i) / 8 * 4, i) == q.codes[i]);
      }
    }
  }
}

TEST_CASE("groups: codes are the nearest multiples of a number of f16") {
  for (const float scale : {1e-3f, 1.0f, 1000.0f}) {
    const std::vector<float> numbers = random_numbers(3200, scale);
    for (size_t first = 0; first < numbers.size(); first += 32) {
      const auto group = std::span(numbers).subspan(first, 32);
      const QuantizedGroup q(group);
      for (size_t i = 0; i < 32; ++i) {
        const double nearest = std::nearbyint(double{group[i]} / double{q.unit});
        CHECK(q.codes[i] == std::clamp(nearest, -8.0, 7.0));
      }
    }
  }
  CHECK(QuantizedGroup(std::vector<float>{0.0f, -0.0f}).codes == std::vector<int8_t>{0, 0});
  CHECK(QuantizedGroup(std::vector<float>{0.0f, -0.0f}).unit == 0);
  // One whose eighth f16 takes for zero.
  CHECK(QuantizedGroup(std::vector<float>{1e-9f}).codes == std::vector<int8_t>{0});
}

// Against all numbers of f16 that there are.
TEST_CASE("groups: no number leaves a much smaller error, and none of few a smaller one") {
  std::mt19937 random(7);
  double found = 0, nearest = 0, least = 0;
  for (int i = 0; i < 40; ++i) {
    std::normal_distribution<double> normal(0, i % 2 == 0 ? 0.05 : 2.0);
    std::vector<float> numbers(i < 20 ? 32 : 1 + random() % 31);
    for (float& number : numbers) number = static_cast<float>(normal(random));
    if (i % 5 == 0) numbers[0] *= 3;
    const auto error_with = [&](float unit) {
      double sum = 0;
      for (const float number : numbers) {
        const double code = std::clamp(std::nearbyint(double{number} / unit), -8.0, 7.0);
        sum += (code * unit - number) * (code * unit - number);
      }
      return sum;
    };
    double best = INFINITY;
    for (uint32_t bits = 1; bits < 0x10000; ++bits) {
      const float unit = kernels::widen(kernels::F16{static_cast<uint16_t>(bits)});
      if (std::isfinite(unit) && unit != 0) best = std::min(best, error_with(unit));
    }
    float largest = 0;
    for (const float number : numbers) {
      if (std::abs(number) > std::abs(largest)) largest = number;
    }
    kernels::F16 eighth;
    kernels::narrow(largest / -8, eighth);
    const double error = QuantizedGroup(numbers).error(numbers);
    CHECK(error <= error_with(kernels::widen(eighth)));
    if (numbers.size() == 32) {
      found += error;
      nearest += error_with(kernels::widen(eighth));
      least += best;
    }
  }
  CHECK(found < 1.005 * least);
  CHECK(found < 0.93 * nearest);
}

TEST_CASE("groups: multiples of a number of f16 stay what they are") {
  std::mt19937 random(7);
  for (const float unit : {0.0123f, -0.75f, 3e-5f}) {
    kernels::F16 half;
    kernels::narrow(unit, half);
    for (int most = 1; most <= 8; ++most) {
      std::vector<float> numbers(32);
      for (float& number : numbers) {
        const int code = static_cast<int>(random() % static_cast<uint32_t>(2 * most)) - most;
        number = static_cast<float>(code) * kernels::widen(half);
      }
      numbers[5] = static_cast<float>(-most) * kernels::widen(half);
      CAPTURE(unit);
      CAPTURE(most);
      CHECK(QuantizedGroup(numbers).error(numbers) == 0);
    }
  }
}

// The largest number may be of either sign, and its code of either.
TEST_CASE("groups: a number and its opposite leave the same error") {
  for (const float scale : {1e-2f, 10.0f}) {
    std::vector<float> numbers = random_numbers(320, scale);
    for (size_t first = 0; first < numbers.size(); first += 32) {
      const auto group = std::span(numbers).subspan(first, 32);
      const QuantizedGroup q(group);
      const double error = q.error(group);
      for (float& number : group) number = -number;
      const QuantizedGroup opposite(group);
      CHECK(opposite.error(group) == error);
      CHECK(std::abs(opposite.unit) == std::abs(q.unit));
    }
  }
}

TEST_CASE("groups: numbers whose eighth is too large for f16 are refused, with their place") {
  const schema::DType type = schema::DType::Int4;
  CHECK(packed({1, 2, 524000, -524000}, Layout::Panels16, {2, 2}, type).size() == 128);
  check_refusal(
      [&] {
        packed({1, 2, 525000, 3}, Layout::Panels16, {2, 2}, type);
      },
      "tensor w", "525000", "element 2", "int4");
}

}  // namespace fovea::test
