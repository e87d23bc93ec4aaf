// What becomes a code: the rule of kernels/ARITHMETIC.md, and rows that it makes exceptions for.

#include <doctest/doctest.h>

#include <cfenv>
#include <cmath>

#include "kernels/formats.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

using kernels::code_row_words;
using kernels::code_words;

// Rows of x as codes: [rows][code_row_words(k)], what lies between rows guarded.
Guarded quantized(const kernels::Kernels& row, const std::vector<float>& x, size_t k,
                  size_t stride) {
  const size_t rows = x.size() / k;
  const Guarded input(x);
  Guarded y(rows * stride);
  kernels::QuantizeF32 a = {};
  a.x = input.data();
  a.x_stride = a.k = static_cast<uint32_t>(k);
  a.y = reinterpret_cast<uint32_t*>(y.data());
  a.y_stride = stride;
  a.rows = static_cast<uint32_t>(rows);
  row.quantize_f32(a);
  CHECK(y.intact(code_row_words(k), stride));
  return y;
}

int code_at(const float* row, size_t i) {
  return int{reinterpret_cast<const uint8_t*>(row)[i]} - 128;
}
float unit_of(const float* row, size_t k) {
  return row[code_words(k)];
}

// Of one row: all codes 0, and what they are multiples of.
void check_empty(const std::vector<float>& x, bool none) {
  for (const kernels::Kernels* row : exact_rows()) {
    const std::string name = row->name;
    CAPTURE(name);
    const Guarded y = quantized(*row, x, x.size(), code_row_words(x.size()));
    for (size_t i = 0; i < code_words(x.size()) * 4; ++i) CHECK(code_at(y.data(), i) == 0);
    const float unit = unit_of(y.data(), x.size());
    CHECK((none ? std::isnan(unit) : unit == 0.0f && !std::signbit(unit)));
  }
}

}  // namespace

TEST_CASE("quantize: the nearest multiples of a 127th of the largest magnitude, ties to even") {
  Random random(41);
  for (const size_t k : awkward_sizes(300)) {
    std::vector<float> x =
        random.numbers(3 * k, std::ldexp(1.0, static_cast<int>(random.from(0, 200)) - 100));
    for (size_t i = 0; i < x.size(); i += 5) x[i] = 0.0f * x[i];
    x[random.from(0, 3 * k - 1)] *= -30.0f;
    const size_t stride = code_row_words(k) + random.from(0, 2);
    for (const kernels::Kernels* row : exact_rows()) {
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(k);
      const Guarded y = quantized(*row, x, k, stride);
      for (size_t r = 0; r < 3; ++r) {
        float largest = 0;
        for (size_t i = 0; i < k; ++i) largest = std::max(largest, std::abs(x[r * k + i]));
        const float factor = 127.0f / largest;
        CHECK(unit_of(y.data() + r * stride, k) == (largest > 0 ? largest / 127.0f : 0.0f));
        for (size_t i = 0; i < code_words(k) * 4; ++i) {
          const float exact = i < k && largest > 0 ? x[r * k + i] * factor : 0.0f;
          CHECK(code_at(y.data() + r * stride, i) == static_cast<int>(std::nearbyint(exact)));
        }
      }
    }
  }
  // 127 / 127 is 1: halves are halves.
  const std::vector<float> halves = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f};
  const std::vector<int> codes = {127, 0, 2, 2, 0, -2, -2, 126, -126};
  for (const kernels::Kernels* row : exact_rows()) {
    const Guarded y = quantized(*row, halves, halves.size(), code_row_words(halves.size()));
    for (size_t i = 0; i < codes.size(); ++i) CHECK(code_at(y.data(), i) == codes[i]);
  }
}

TEST_CASE("quantize: the largest magnitude becomes 127, whatever it is") {
  Random random(42);
  for (int i = 0; i < 3000; ++i) {
    const float largest = std::ldexp(1 + std::abs(std::fmod(random.number(), 1.0f)),
                                     static_cast<int>(random.from(0, 245)) - 119);
    const std::vector<float> x = {-largest, largest, 0.0f, largest / 3};
    for (const kernels::Kernels* row : exact_rows()) {
      const Guarded y = quantized(*row, x, 4, 2);
      CHECK(code_at(y.data(), 0) == -127);
      CHECK(code_at(y.data(), 1) == 127);
      CHECK(code_at(y.data(), 3) == 42);
    }
  }
}

TEST_CASE("quantize: rows of zeros and of tiny numbers are zeros") {
  for (const size_t k : {size_t{1}, size_t{3}, size_t{16}, size_t{21}, size_t{100}}) {
    check_empty(std::vector<float>(k, 0.0f), false);
    check_empty(std::vector<float>(k, -0.0f), false);
    check_empty(std::vector<float>(k, std::nextafter(0x1p-119f, 0.0f)), false);
    check_empty(std::vector<float>(k, -1e-45f), false);
    // The least row that is not.
    const std::vector<float> least(k, 0x1p-119f);
    for (const kernels::Kernels* row : exact_rows()) {
      const Guarded y = quantized(*row, least, k, code_row_words(k));
      CHECK(code_at(y.data(), k - 1) == 127);
      CHECK(unit_of(y.data(), k) == 0x1p-119f / 127.0f);
      CHECK(std::isnormal(unit_of(y.data(), k)));
    }
  }
}

TEST_CASE("quantize: an infinity or a NaN anywhere makes the row's number NaN") {
  Random random(43);
  for (const size_t k : {size_t{1}, size_t{2}, size_t{15}, size_t{16}, size_t{17}, size_t{40}}) {
    for (size_t at = 0; at < k; ++at) {
      for (const float bad : {INFINITY, -INFINITY, std::nanf("")}) {
        std::vector<float> x = random.numbers(k);
        x[at] = bad;
        check_empty(x, true);
        x.assign(k, 0.0f);
        x[at] = bad;
        check_empty(x, true);
        x.assign(k, 3e38f);
        x[at] = bad;
        check_empty(x, true);
      }
    }
  }
}

TEST_CASE("quantize: what is not finite shows in every output, also of zeros") {
  for (const float bad : {INFINITY, -INFINITY, std::nanf("")}) {
    const std::vector<float> x = {1.0f, bad, 0.0f, 2.0f};
    const std::vector<float> zeros(kernels::code_panel_bytes(4) / 4, 0.0f);
    for (const kernels::Kernels* row : exact_rows()) {
      const Guarded codes = quantized(*row, x, 4, 2);
      std::vector<float> y(16, 0.0f);
      kernels::Linear a = {};
      a.x = codes.data();
      a.x_stride = 2;
      a.w = zeros.data();
      a.y = y.data();
      a.y_stride = a.outputs = 16;
      a.rows = 1;
      a.k = 4;
      row->linear_int8(a);
      for (const float number : y) CHECK(std::isnan(number));
    }
  }
}
