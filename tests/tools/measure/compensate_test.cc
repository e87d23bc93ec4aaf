#include "tools/measure/compensate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "tools/graph/format.h"
#include "tools/pack/quantizer.h"

namespace fovea::test {
namespace {

using schema::DType;
using tools::Codes;
using tools::Moments;

// Numbers that are the same with every standard library.
class Lcg {
 public:
  explicit Lcg(uint32_t seed) : state_(seed) {}
  float next() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<float>(static_cast<int32_t>(state_)) * 0x1p-31f;
  }

 private:
  uint32_t state_;
};

struct Matrix {
  size_t rows, columns;
  std::vector<float> numbers;

  Matrix(size_t r, size_t c, uint32_t seed) : rows(r), columns(c), numbers(r * c) {
    Lcg random(seed);
    for (float& number : numbers) number = random.next();
  }
  template <class Use>
  Codes use(DType type, const Use& codes) const {
    const tools::Checkpoint checkpoint;
    tools::Part part;
    part.outputs = static_cast<uint32_t>(rows);
    part.constants = numbers;
    const tools::Source source = {{part}};
    tools::SourceReader reader(checkpoint, source, columns, tools::format_of(type));
    return codes(reader);
  }
  Codes compensated(DType type, const Moments& moments) const {
    return use(type, [&](auto& reader) { return compensate(reader, rows, type, moments); });
  }
  Codes nearest(DType type) const {
    return use(type, [&](auto& reader) { return tools::nearest(reader, rows, columns, type); });
  }
  // A row has a unit, or each 32 columns have one, or one and a minimum.
  double value(const Codes& codes, size_t row, size_t column) const {
    const size_t units = codes.units.size() / rows, groups = (columns + 31) / 32;
    const double code = codes.codes[row * columns + column];
    if (units == 1) return code * double{codes.units[row]};
    const float* const of = &codes.units[row * units + column / 32 * (units / groups)];
    return code * double{of[0]} + (units == groups ? 0 : double{of[1]});
  }
  // The mean square of what codes make of seen rows without what the matrix makes of exact ones.
  double error(const Codes& codes, const std::vector<float>& exact,
               const std::vector<float>& seen) const {
    double sum = 0;
    for (size_t at = 0; at < seen.size(); at += columns) {
      for (size_t row = 0; row < rows; ++row) {
        double off = 0;
        for (size_t i = 0; i < columns; ++i) {
          off += value(codes, row, i) * double{seen[at + i]} -
                 double{numbers[row * columns + i]} * double{exact[at + i]};
        }
        sum += off * off;
      }
    }
    return sum / static_cast<double>(seen.size() / columns * rows);
  }
};

// Rows of which columns are mixtures of few numbers.
std::vector<float> mixed_rows(size_t rows, size_t columns, uint32_t seed) {
  Lcg random(seed);
  constexpr size_t kSources = 6;
  std::vector<float> mixture(kSources * columns), made(rows * columns);
  for (float& number : mixture) number = random.next();
  for (size_t row = 0; row < rows; ++row) {
    float source[kSources];
    for (float& number : source) number = random.next();
    for (size_t i = 0; i < columns; ++i) {
      float sum = random.next() * 0.1f;
      for (size_t s = 0; s < kSources; ++s) sum += source[s] * mixture[s * columns + i];
      made[row * columns + i] = sum;
    }
  }
  return made;
}

Moments moments_of(const std::vector<float>& exact, const std::vector<float>& seen,
                   size_t columns) {
  Moments moments(columns);
  moments.add(exact, seen);
  moments.damp(0.01);
  return moments;
}

}  // namespace

TEST_CASE("codes that make up for each other leave less of what a matrix makes of rows") {
  for (const size_t columns : {100u, 64u, 33u}) {
    const Matrix matrix(37, columns, 3);
    const std::vector<float> rows = mixed_rows(400, columns, 4);
    const Moments moments = moments_of(rows, rows, columns);
    for (const DType type : {DType::Int4, DType::UInt4, DType::Int8}) {
      CAPTURE(columns);
      const double nearest = matrix.error(matrix.nearest(type), rows, rows);
      const double found = matrix.error(matrix.compensated(type, moments), rows, rows);
      CHECK(found < 0.2 * nearest);
      CHECK(found > 0);
    }
  }
}

TEST_CASE("codes are fitted to the rows that are seen instead of the exact ones") {
  constexpr size_t kColumns = 70;
  const Matrix matrix(20, kColumns, 5);
  const std::vector<float> exact = mixed_rows(300, kColumns, 6);
  std::vector<float> seen = exact;
  for (float& number : seen) number *= 0.5f;
  const Codes codes = matrix.compensated(DType::Int8, moments_of(exact, seen, kColumns));
  const Codes alone = matrix.compensated(DType::Int8, moments_of(seen, seen, kColumns));
  CHECK(matrix.error(codes, exact, seen) < 0.01 * matrix.error(alone, exact, seen));
}

TEST_CASE("codes of columns that have nothing to do with each other are the nearest ones") {
  constexpr size_t kColumns = 40;
  const Matrix matrix(5, kColumns, 7);
  std::vector<float> rows(kColumns * kColumns);
  for (size_t i = 0; i < kColumns; ++i) rows[i * kColumns + i] = 1;
  for (const DType type : {DType::Int4, DType::UInt4}) {
    const Codes codes = matrix.compensated(type, moments_of(rows, rows, kColumns));
    const Codes nearest = matrix.nearest(type);
    CHECK(codes.units == nearest.units);
    CHECK(codes.codes == nearest.codes);
  }
}

TEST_CASE("numbers near the largest that groups' f16 take stay finite") {
  Matrix matrix(3, 32, 8), above = matrix;
  for (float& number : matrix.numbers) number *= 523000;
  for (float& number : above.numbers) number *= 65500;
  const std::vector<float> exact = mixed_rows(50, 32, 9);
  std::vector<float> seen = exact;
  for (float& number : seen) number *= 0.25f;
  for (const float unit : matrix.compensated(DType::Int4, moments_of(exact, seen, 32)).units) {
    CHECK(std::isfinite(unit));
  }
  for (const float unit : above.compensated(DType::UInt4, moments_of(exact, seen, 32)).units) {
    CHECK(std::isfinite(unit));
  }
}

// So that no host makes others.
TEST_CASE("codes by rows are the same on every host") {
  constexpr size_t kColumns = 75;
  const Matrix matrix(19, kColumns, 10);
  const std::vector<float> exact = mixed_rows(90, kColumns, 11);
  std::vector<float> seen = exact;
  Lcg random(12);
  for (float& number : seen) number += 0.01f * random.next();
  const auto sum_of = [&](DType type) {
    const Codes codes = matrix.compensated(type, moments_of(exact, seen, kColumns));
    uint32_t sum = 0;
    for (const int8_t code : codes.codes) sum = sum * 31 + static_cast<uint8_t>(code);
    for (const float unit : codes.units) {
      uint32_t bits;
      std::memcpy(&bits, &unit, sizeof bits);
      sum = sum * 31 + bits;
    }
    return sum;
  };
  CHECK(sum_of(DType::Int8) == 346696614);
  CHECK(sum_of(DType::Int4) == 3416226609);
  CHECK(sum_of(DType::UInt4) == 2098095508);
}

TEST_CASE("importance moves a group's number towards what matters") {
  Lcg random(13);
  double better = 0, worse = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<float> numbers(32);
    std::vector<double> importance(32);
    for (float& number : numbers) number = random.next();
    for (size_t i = 0; i < 32; ++i) importance[i] = i % 4 == 0 ? 100 : 0.01;
    std::vector<int8_t> codes(32);
    const auto error_of = [&](float unit) {
      double sum = 0;
      for (size_t i = 0; i < 32; ++i) {
        const double code =
            std::clamp(std::nearbyint(double{numbers[i]} / double{unit}), -8.0, 7.0);
        const double off = code * double{unit} - double{numbers[i]};
        sum += importance[i] * off * off;
      }
      return sum;
    };
    better += error_of(kernels::widen(tools::quantize_group(numbers, codes, importance)));
    worse += error_of(kernels::widen(tools::quantize_group(numbers, codes)));
  }
  CHECK(better < 0.75 * worse);
}

TEST_CASE("a unit of int8 is searched, and never worse than a 127th of the largest") {
  Lcg random(14);
  double found = 0, first = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<float> numbers(100);
    std::vector<double> importance(100);
    for (float& number : numbers) number = random.next();
    for (double& one : importance) one = 1 + double{random.next()};
    const float largest =
        std::abs(*std::max_element(numbers.begin(), numbers.end(),
                                   [](float a, float b) { return std::abs(a) < std::abs(b); }));
    const auto error_of = [&](float unit) {
      double sum = 0;
      for (size_t i = 0; i < numbers.size(); ++i) {
        const double code =
            std::clamp(std::nearbyint(double{numbers[i]} / double{unit}), -127., 127.);
        const double off = code * double{unit} - double{numbers[i]};
        sum += importance[i] * off * off;
      }
      return sum;
    };
    const float unit = tools::search_unit(numbers, importance);
    CHECK(error_of(unit) <= error_of(largest / 127));
    found += error_of(unit);
    first += error_of(largest / 127);
  }
  CHECK(found < 0.99 * first);
  CHECK(tools::search_unit(std::vector<float>{0, 0}, std::vector<double>{1, 1}) == 0);
}

}  // namespace fovea::test
