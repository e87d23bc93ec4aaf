// Widening f16 is exact: all 65,536 values, through the kernels of every row, against an oracle.

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/formats.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

constexpr size_t kValues = size_t{1} << 16;

std::vector<kernels::F16> all_values() {
  std::vector<kernels::F16> all(kValues);
  for (size_t i = 0; i < kValues; ++i) all[i].bits = static_cast<uint16_t>(i);
  return all;
}

// From the definition of binary16, in double precision.
double oracle(size_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023), sign = (bits >> 15) != 0 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

bool is_right(float found, size_t bits) {
  const double right = oracle(bits);
  if (std::isnan(right)) return std::isnan(found);
  return static_cast<double>(found) == right && std::signbit(found) == std::signbit(right);
}

// The value nearest to a number by looking at all of them; ties go to the even one.
uint16_t nearest(float number) {
  size_t best = 0;
  for (size_t bits = 1; bits <= 0x7c00; ++bits) {
    // Infinity stands where the next number would.
    const double value = bits == 0x7c00 ? 65536.0 : oracle(bits);
    const double least = std::abs(oracle(best) - number), error = std::abs(value - number);
    if (error < least || (error == least && bits % 2 == 0)) best = bits;
  }
  return static_cast<uint16_t>(best);
}

uint16_t narrowed(float number) {
  kernels::F16 element;
  kernels::narrow(number, element);
  return element.bits;
}

}  // namespace

TEST_CASE("every f16 widens to its own number, in vectors and one by one") {
  const std::vector<kernels::F16> all = all_values();
  for (const kernels::Kernels* row : runnable_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    // Widths that leave a tail behind whole vectors, and panels, where elements are read alone.
    for (uint32_t width : {64u, 61u}) {
      for (bool in_panels : {false, true}) {
        const size_t rows = kValues / width / 16 * 16;
        std::vector<int32_t> ids(rows);
        for (size_t i = 0; i < rows; ++i) ids[i] = static_cast<int32_t>(i);
        std::vector<float> y(rows * width);
        kernels::Embedding a = {
            all.data(), ids.data(), y.data(), width, static_cast<uint32_t>(rows),
            width,      in_panels,  1.0f};
        row->embedding_f16(a);
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

TEST_CASE("every f16 widens to its own number in linear layers") {
  const std::vector<kernels::F16> all = all_values();
  const float one[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (const kernels::Kernels* row : runnable_rows()) {
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
      row->linear_f16(a);
      size_t wrong = 0;
      for (size_t i = 0; i < y.size(); ++i) {
        const double right = oracle(i % kValues);  // +0 starts the sum, so -0 becomes +0
        wrong += std::isnan(right) ? !std::isnan(y[i]) : static_cast<double>(y[i]) != right;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("narrowing what f16 holds gives the same bits") {
  for (size_t i = 0; i < kValues; ++i) {
    const uint16_t bits = narrowed(kernels::widen(kernels::F16{static_cast<uint16_t>(i)}));
    if (bits != i) CHECK(std::isnan(oracle(i)) == std::isnan(oracle(bits)));
  }
  CHECK(std::isnan(kernels::widen(kernels::F16{narrowed(std::nanf(""))})));
}

TEST_CASE("narrowing rounds to nearest, ties to even, and what is too large to infinity") {
  Random random(3);
  std::vector<float> numbers = {0x1p-24f,     0x1p-25f,     0x1.000002p-25f, 0x1.8p-24f,
                                0x1.ffcp-15f, 0x1.ffep-15f, 65504.0f,        65519.0f,
                                65520.0f,     65536.0f,     1e30f,           1e-40f};
  for (int i = 0; i < 40; ++i) {
    const double upper = oracle(random.from(1, 0x7bff));
    numbers.push_back(static_cast<float>(upper));
    const double lower = oracle(random.from(0, 0x7bfe) & 0x7ffe);
    numbers.push_back(static_cast<float>(lower * (1 + 0x1p-11)));  // often halfway
    numbers.push_back(
        std::ldexp(std::abs(random.number()), static_cast<int>(random.from(0, 34)) - 24));
  }
  for (float number : numbers) {
    CAPTURE(number);
    const uint16_t right = number > 1e6f ? 0x7c00 : nearest(number);
    CHECK(narrowed(number) == right);
    CHECK(narrowed(-number) == (right | 0x8000));
  }
}
