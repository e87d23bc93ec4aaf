#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "kernels/layout.h"
#include "tests/tools/pack/packed.h"
#include "tools/pack/quantizer.h"

namespace fovea::test {
namespace {

struct Quantized {
  float unit;
  std::vector<int8_t> codes;
  explicit Quantized(std::span<const float> numbers) : codes(numbers.size()) {
    unit = tools::quantize(numbers, codes);
  }
};

}  // namespace

TEST_CASE("codes are the nearest multiples of a 127th of the largest magnitude") {
  for (const float scale : {1e-30f, 1e-3f, 1.0f, 1e20f}) {
    const std::vector<float> numbers = random_numbers(500, scale);
    const Quantized q(numbers);
    float largest = 0;
    for (const float number : numbers) largest = std::max(largest, std::abs(number));
    CHECK(q.unit == largest / 127);
    for (size_t i = 0; i < numbers.size(); ++i) {
      CHECK(std::abs(q.codes[i] - double{numbers[i]} / q.unit) <= 0.5);
      if (std::abs(numbers[i]) == largest) CHECK(std::abs(q.codes[i]) == 127);
    }
  }
  const std::vector<float> halves = {127, 0.5f, 1.5f, -0.5f, -2.5f, 126.5f, -127};
  CHECK(Quantized(halves).codes == std::vector<int8_t>{127, 0, 2, 0, -2, 126, -127});
}

TEST_CASE("zeros and subnormal numbers have codes") {
  const std::vector<float> zeros = {0.0f, -0.0f, 0.0f};
  CHECK(Quantized(zeros).unit == 0);
  CHECK(Quantized(zeros).codes == std::vector<int8_t>{0, 0, 0});
  // A 127th that is 0, and one that is rounded so that more than 127 of them would be nearest.
  CHECK(Quantized(std::vector<float>{1e-45f, 0}).codes == std::vector<int8_t>{0, 0});
  const std::vector<float> tiny = {189e-45f, -189e-45f, 1e-45f};
  for (const int8_t code : Quantized(tiny).codes) CHECK(std::abs(code) <= 127);
  CHECK(Quantized(tiny).codes[0] == 127);
}

TEST_CASE("panels: what begins the sums, words of sixteen outputs side by side, their numbers") {
  const uint32_t outputs = 21, k = 10, words = 3, bytes = 64 * (words + 2);
  const std::vector<float> numbers = random_numbers(outputs * k, 1);
  const std::string panels = packed(numbers, Layout::Panels16, {outputs, k});
  REQUIRE(panels.size() == 2 * bytes);
  REQUIRE(kernels::code_panel_bytes(k) == bytes);
  for (uint32_t n = 0; n < 32; ++n) {
    const size_t panel = n / 16 * bytes, lane = n % 16 * 4;
    const bool is_there = n < outputs;
    const Quantized q(is_there ? std::span(numbers).subspan(n * k, k) : std::span<const float>());
    int32_t sum = 0;
    for (uint32_t i = 0; i < words * 4; ++i) {
      const int8_t right = is_there && i < k ? q.codes[i] : int8_t{0};
      CHECK(at<int8_t>(panels, panel + 64 + i / 4 * 64 + lane + i % 4) == right);
      sum += right;
    }
    CHECK(at<int32_t>(panels, panel + lane) == -128 * sum);
    CHECK(at<float>(panels, panel + bytes - 64 + lane) == (is_there ? q.unit : 0.0f));
  }
}

TEST_CASE("gated panels take turns, rows of a table follow each other") {
  const std::vector<float> numbers = random_numbers(2 * 17 * 5, 1);
  const std::string both = packed(numbers, Layout::GatedPanels16, {2, 17, 5});
  const std::string gate =
      packed({numbers.begin(), numbers.begin() + 85}, Layout::Panels16, {17, 5});
  const std::string up = packed({numbers.begin() + 85, numbers.end()}, Layout::Panels16, {17, 5});
  const size_t panel = kernels::code_panel_bytes(5);
  REQUIRE(both.size() == 4 * panel);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(both.substr(2 * i * panel, panel) == gate.substr(i * panel, panel));
    CHECK(both.substr((2 * i + 1) * panel, panel) == up.substr(i * panel, panel));
  }
  const std::string table = packed(numbers, Layout::Plain, {34, 5});
  REQUIRE(table.size() == 34 * 12);
  for (size_t row = 0; row < 34; ++row) {
    const Quantized q(std::span<const float>(numbers).subspan(row * 5, 5));
    for (size_t i = 0; i < 8; ++i)
      CHECK(at<int8_t>(table, row * 12 + i) == (i < 5 ? q.codes[i] : 0));
    CHECK(at<float>(table, row * 12 + 8) == q.unit);
  }
}

// The bytes of one matrix, so that no host makes others.
TEST_CASE("codes are the same bytes on every host") {
  uint32_t seed = 1;
  std::vector<float> numbers(40 * 50);
  for (float& number : numbers) {
    seed = seed * 1664525u + 1013904223u;
    number = static_cast<float>(static_cast<int32_t>(seed)) * 0x1p-31f;
    if (seed % 5 == 0) number *= 1e-3f;
  }
  const auto sum_of = [&](schema::DType type) {
    uint32_t sum = 0;
    for (const char byte : packed(numbers, Layout::Panels16, {40, 50}, type)) {
      sum = sum * 31 + static_cast<uint8_t>(byte);
    }
    return sum;
  };
  CHECK(sum_of(schema::DType::Int8) == 1300637683);
  CHECK(sum_of(schema::DType::Int4) == 1692967034);
  CHECK(sum_of(schema::DType::UInt4) == 1332576246);
}

}  // namespace fovea::test
