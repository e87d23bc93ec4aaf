// Widening bf16 is exact: all 65,536 values, through the kernels of every row, against an oracle.

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/formats.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

constexpr size_t kValues = size_t{1} << 16;

std::vector<kernels::BF16> all_values() {
  std::vector<kernels::BF16> all(kValues);
  for (size_t i = 0; i < kValues; ++i) all[i].bits = static_cast<uint16_t>(i);
  return all;
}

// From the definition: 8 exponent and 7 fraction bits of a binary32, in double precision.
double oracle(size_t bits) {
  const int exponent = static_cast<int>(bits >> 7 & 255);
  const double fraction = static_cast<double>(bits & 127), sign = (bits >> 15) != 0 ? -1 : 1;
  if (exponent == 255) return fraction == 0 ? sign * INFINITY : NAN;
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -133) : std::ldexp(128 + fraction, exponent - 134));
}

bool is_right(float found, size_t bits) {
  const double right = oracle(bits);
  if (std::isnan(right)) return std::isnan(found);
  return static_cast<double>(found) == right && std::signbit(found) == std::signbit(right);
}

uint16_t narrowed(float number) {
  kernels::BF16 element;
  kernels::narrow(number, element);
  return element.bits;
}

}  // namespace

TEST_CASE("every bf16 widens to its own number, in vectors and one by one") {
  const std::vector<kernels::BF16> all = all_values();
  for (const kernels::Kernels* row : exact_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    for (uint32_t width : {64u, 61u}) {
      for (bool in_panels : {false, true}) {
        const size_t rows = kValues / width / 16 * 16;
        std::vector<int32_t> ids(rows);
        for (size_t i = 0; i < rows; ++i) ids[i] = static_cast<int32_t>(i);
        std::vector<float> y(rows * width);
        kernels::Embedding a = {
            all.data(), ids.data(), y.data(), width, static_cast<uint32_t>(rows),
            width,      in_panels,  1.0f};
        row->embedding_bf16(a);
        size_t wrong = 0;
        for (size_t i = 0; i < y.size(); ++i) {
          const size_t r = i / width, n = i % width;
          wrong += !is_right(y[i], in_panels ? (r / 16 * width + n) * 16 + r % 16 : i);
        }
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("every bf16 widens to its own number in linear layers") {
  const std::vector<kernels::BF16> all = all_values();
  const float one[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (const kernels::Kernels* row : exact_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    for (uint32_t rows : {1u, 2u, 9u}) {
      std::vector<float> y(rows * kValues);
      kernels::Linear a = {};
      a.x = one;
      a.x_stride = a.k = 1;
      a.w = all.data();
      a.y = y.data();
      a.y_stride = a.outputs = kValues;
      a.rows = rows;
      row->linear_bf16(a);
      size_t wrong = 0;
      for (size_t i = 0; i < y.size(); ++i) {
        const double right = oracle(i % kValues);  // +0 starts the sum, so -0 becomes +0
        wrong += std::isnan(right) ? !std::isnan(y[i]) : static_cast<double>(y[i]) != right;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("narrowing what bf16 holds gives the same bits") {
  for (size_t i = 0; i < kValues; ++i) {
    const uint16_t bits = narrowed(kernels::widen(kernels::BF16{static_cast<uint16_t>(i)}));
    if (bits != i) CHECK((std::isnan(oracle(i)) && std::isnan(oracle(bits))));
  }
}

TEST_CASE("narrowing to bf16 rounds to nearest, ties to even, and what is too large to infinity") {
  // Between each number and the next, 65,536 floats apart: just below half, half, just above.
  for (uint32_t upper = 0; upper < 0x7f80; ++upper) {
    const auto narrow_bits = [](uint32_t bits) {
      float number;
      std::memcpy(&number, &bits, sizeof number);
      const uint16_t plus = narrowed(number), minus = narrowed(-number);
      CHECK(minus == (plus | 0x8000));
      return plus;
    };
    const uint32_t bits = upper << 16;
    CHECK(narrow_bits(bits + 0x7fff) == upper);
    CHECK(narrow_bits(bits + 0x8000) == upper + (upper & 1));
    CHECK(narrow_bits(bits + 0x8001) == upper + 1);
  }
  CHECK(narrowed(3.4028234e38f) == 0x7f80);
  CHECK(narrowed(-INFINITY) == 0xff80);
  // Payloads whose upper bits are zeros do not become infinities.
  for (const uint32_t bits : {0x7f800001u, 0xff80ffffu, 0x7fffffffu}) {
    float number;
    std::memcpy(&number, &bits, sizeof number);
    CHECK(std::isnan(kernels::widen(kernels::BF16{narrowed(number)})));
  }
}
