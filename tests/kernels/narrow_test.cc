// Elements of 16 bits: widening is exact, for all 65,536 of them and through the kernels of every
// row; narrowing finds the nearest. The oracle has the definition of IEEE 754's formats.

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/formats.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

constexpr size_t kValues = size_t{1} << 16;

template <class W>
struct Rule;

template <>
struct Rule<kernels::F16> {
  static constexpr int kExponent = 5, kFraction = 10;
  static void linear(const kernels::Kernels& row, const kernels::Linear& a) { row.linear_f16(a); }
  static void embedding(const kernels::Kernels& row, const kernels::Embedding& a) {
    row.embedding_f16(a);
  }
  // Its subnormal numbers are normal floats.
  static std::vector<const kernels::Kernels*> rows() { return runnable_rows(); }
};

template <>
struct Rule<kernels::BF16> {
  static constexpr int kExponent = 8, kFraction = 7;
  static void linear(const kernels::Kernels& row, const kernels::Linear& a) { row.linear_bf16(a); }
  static void embedding(const kernels::Kernels& row, const kernels::Embedding& a) {
    row.embedding_bf16(a);
  }
  static std::vector<const kernels::Kernels*> rows() { return exact_rows(); }
};

template <class W>
constexpr size_t kInfinity = ((size_t{1} << Rule<W>::kExponent) - 1) << Rule<W>::kFraction;

// In double precision. Of a finite one also where infinity stands: the number that would be next.
template <class W>
double magnitude(size_t bits) {
  constexpr int kBias = (1 << (Rule<W>::kExponent - 1)) - 1, kOne = 1 << Rule<W>::kFraction;
  const int exponent = static_cast<int>(bits) / kOne, fraction = static_cast<int>(bits) % kOne;
  const int least = 1 - kBias - Rule<W>::kFraction;
  return exponent == 0 ? std::ldexp(fraction, least)
                       : std::ldexp(kOne + fraction, exponent - 1 + least);
}

template <class W>
double oracle(size_t bits) {
  const size_t rest = bits & 0x7fff;
  if (rest > kInfinity<W>) return NAN;
  return std::copysign(rest == kInfinity<W> ? INFINITY : magnitude<W>(rest),
                       bits >> 15 != 0 ? -1.0 : 1.0);
}

template <class W>
bool is_right(float found, size_t bits) {
  const double right = oracle<W>(bits);
  if (std::isnan(right)) return std::isnan(found);
  return static_cast<double>(found) == right && std::signbit(found) == std::signbit(right);
}

template <class W>
std::vector<W> all_values() {
  std::vector<W> all(kValues);
  for (size_t i = 0; i < kValues; ++i) all[i].bits = static_cast<uint16_t>(i);
  return all;
}

template <class W>
uint16_t narrowed(float number) {
  W element;
  kernels::narrow(number, element);
  return element.bits;
}

// Elements of a table that are not the number that they should be.
template <class W>
size_t wrong_lookups(const kernels::Kernels& row, uint32_t width, bool in_panels) {
  const std::vector<W> all = all_values<W>();
  const size_t rows = kValues / width / 16 * 16;
  std::vector<int32_t> ids(rows);
  for (size_t i = 0; i < rows; ++i) ids[i] = static_cast<int32_t>(i);
  std::vector<float> y(rows * width);
  const kernels::Embedding a = {
      all.data(), ids.data(), y.data(), width, static_cast<uint32_t>(rows), width, in_panels, 1.0f};
  Rule<W>::embedding(row, a);
  size_t wrong = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t r = i / width, n = i % width;
    wrong += !is_right<W>(y[i], in_panels ? (r / 16 * width + n) * 16 + r % 16 : i);
  }
  return wrong;
}

// The same of products with 1.
template <class W>
size_t wrong_products(const kernels::Kernels& row, uint32_t rows) {
  const std::vector<W> all = all_values<W>();
  const std::vector<float> ones(rows, 1.0f);
  std::vector<float> y(rows * kValues);
  kernels::Linear a = {};
  a.x = ones.data();
  a.x_stride = a.k = 1;
  a.w = all.data();
  a.y = y.data();
  a.y_stride = a.outputs = kValues;
  a.rows = rows;
  Rule<W>::linear(row, a);
  size_t wrong = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double right = oracle<W>(i % kValues);  // +0 starts the sum, so -0 becomes +0
    wrong += std::isnan(right) ? !std::isnan(y[i]) : static_cast<double>(y[i]) != right;
  }
  return wrong;
}

}  // namespace

TEST_CASE_TEMPLATE("every element widens to its own number, in tables", W, kernels::F16,
                   kernels::BF16) {
  for (const kernels::Kernels* row : Rule<W>::rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    // Widths that leave a tail behind whole vectors, and panels, where elements are read alone.
    for (const uint32_t width : {64u, 61u}) {
      CHECK(wrong_lookups<W>(*row, width, false) == 0);
      CHECK(wrong_lookups<W>(*row, width, true) == 0);
    }
  }
}

TEST_CASE_TEMPLATE("every element widens to its own number, in linear layers", W, kernels::F16,
                   kernels::BF16) {
  for (const kernels::Kernels* row : Rule<W>::rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    for (const uint32_t rows : {1u, 2u, 9u}) CHECK(wrong_products<W>(*row, rows) == 0);
  }
}

TEST_CASE_TEMPLATE("narrowing what a format holds gives the same bits", W, kernels::F16,
                   kernels::BF16) {
  for (size_t i = 0; i < kValues; ++i) {
    const uint16_t bits = narrowed<W>(kernels::widen(W{static_cast<uint16_t>(i)}));
    if (bits != i) CHECK((std::isnan(oracle<W>(i)) && std::isnan(oracle<W>(bits))));
  }
}

TEST_CASE_TEMPLATE("narrowing rounds to nearest, ties to even, what is too large to infinity", W,
                   kernels::F16, kernels::BF16) {
  for (size_t lower = 0; lower < kInfinity<W>; ++lower) {
    const auto half = static_cast<float>((magnitude<W>(lower) + magnitude<W>(lower + 1)) / 2);
    const struct {
      float number;
      size_t right;
    } cases[] = {{std::nextafter(half, 0.0f), lower},
                 {half, lower + lower % 2},
                 {std::nextafter(half, INFINITY), lower + 1}};
    for (const auto& c : cases) {
      if (narrowed<W>(c.number) == c.right && narrowed<W>(-c.number) == (c.right | 0x8000))
        continue;
      CAPTURE(c.number);
      CHECK(narrowed<W>(c.number) == c.right);
      CHECK(narrowed<W>(-c.number) == (c.right | 0x8000));
    }
  }
  for (const float large : {3.4028234e38f, INFINITY}) {
    CHECK(narrowed<W>(large) == kInfinity<W>);
    CHECK(narrowed<W>(-large) == (kInfinity<W> | 0x8000));
  }
  CHECK(narrowed<W>(1e-45f) == 0);
  CHECK(narrowed<W>(-1e-45f) == 0x8000);
  // Payloads whose upper bits are zeros do not become infinities.
  for (const uint32_t bits : {0x7f800001u, 0xff80ffffu, 0x7fffffffu, 0x7fc00000u}) {
    float number;
    std::memcpy(&number, &bits, sizeof number);
    CHECK(std::isnan(kernels::widen(W{narrowed<W>(number)})));
  }
}
