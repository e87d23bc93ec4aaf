#include "tools/measure/compensate.h"

#include <algorithm>
#include <array>

#include "kernels/layout.h"
#include "tools/pack/quantizer.h"

namespace fovea::tools {
namespace {

using kernels::kGroup;

// Outputs side by side, for the sake of vectors.
constexpr size_t kLanes = 16;
using Lanes = std::array<double, kLanes>;

void multiply_add(Lanes& sum, const Lanes& a, double b) {
  for (size_t l = 0; l < kLanes; ++l) sum[l] += a[l] * b;
}

size_t units_of(schema::DType type, size_t columns) {
  return type == schema::DType::Int4 ? (columns + kGroup - 1) / kGroup : 1;
}

// Some outputs of a matrix.
class Block {
 public:
  Block(const Moments& moments, const Factors& factors, schema::DType type)
      : moments_(moments),
        factors_(factors),
        columns_(moments.columns()),
        in_groups_(type == schema::DType::Int4),
        target_(columns_),
        error_(columns_) {}

  // [count][columns]
  void choose(std::span<const float> numbers, size_t count, int8_t* codes, float* units) {
    fit(numbers, count);
    const size_t step = in_groups_ ? kGroup : columns_;
    const size_t units_of_row = (columns_ + step - 1) / step;
    for (size_t first = 0; first < columns_; first += step) {
      const size_t end = std::min(first + step, columns_);
      for (size_t j = first; j < end; ++j) take_over(j, 0, first);
      for (size_t l = 0; l < count; ++l) {
        units[l * units_of_row + first / step] = unit_[l] = unit(l, first, end);
      }
      for (size_t j = first; j < end; ++j) {
        take_over(j, first, j);
        round(j, count, codes);
      }
    }
  }

 private:
  // Targets are the numbers times crossed moments, divided by those of seen rows.
  void fit(std::span<const float> numbers, size_t count) {
    for (Lanes& lanes : target_) lanes.fill(0);
    for (size_t i = 0; i < columns_; ++i) {
      Lanes number = {};
      for (size_t l = 0; l < count; ++l) number[l] = static_cast<double>(numbers[l * columns_ + i]);
      const double* const row = moments_.crossed(i);
      for (size_t j = 0; j < columns_; ++j) multiply_add(target_[j], number, row[j]);
    }
    for (size_t j = columns_; j-- > 0;) {
      for (size_t i = 0; i < j; ++i) multiply_add(target_[i], target_[j], -factors_.column(j)[i]);
    }
    for (size_t j = 0; j < columns_; ++j) {
      for (double& lane : target_[j]) lane /= factors_.diagonal()[j];
      for (size_t i = 0; i < j; ++i) multiply_add(target_[j], target_[i], -factors_.column(j)[i]);
    }
  }

  // Column `j` takes over the errors of columns from `first` to `end`.
  void take_over(size_t j, size_t first, size_t end) {
    if (first == 0) wanted_[j % kGroup] = target_[j];
    for (size_t i = first; i < end; ++i) {
      multiply_add(wanted_[j % kGroup], error_[i], factors_.column(j)[i]);
    }
  }

  float unit(size_t lane, size_t first, size_t end) {
    const std::span importance = std::span(factors_.diagonal()).subspan(first, end - first);
    numbers_.resize(end - first);
    // An eighth of more is no f16.
    constexpr double kMost = 524000;
    for (size_t j = first; j < end; ++j) {
      numbers_[j - first] = static_cast<float>(
          in_groups_ ? std::clamp(wanted_[j % kGroup][lane], -kMost, kMost) : target_[j][lane]);
    }
    if (!in_groups_) return search_unit(numbers_, importance);
    std::array<int8_t, kGroup> codes;
    return kernels::widen(quantize_group(numbers_, codes, importance));
  }

  void round(size_t j, size_t count, int8_t* codes) {
    const double least = in_groups_ ? 8 : 127, most = in_groups_ ? 7 : 127;
    for (size_t l = 0; l < count; ++l) {
      const double step = double{unit_[l]};
      const int8_t code =
          step != 0 ? code_of(wanted_[j % kGroup][l], step, least, most) : int8_t{0};
      codes[l * columns_ + j] = code;
      error_[j][l] = target_[j][l] - code * step;
    }
  }

  const Moments& moments_;
  const Factors& factors_;
  size_t columns_;
  bool in_groups_;
  std::vector<Lanes> target_, error_;
  std::array<Lanes, kGroup> wanted_ = {};
  std::array<float, kLanes> unit_ = {};
  std::vector<float> numbers_;
};

}  // namespace

Codes compensate(SourceReader& reader, size_t rows, schema::DType type, const Moments& moments) {
  const size_t columns = moments.columns(), units = units_of(type, columns);
  const Factors factors(moments);
  Codes made = {std::vector<int8_t>(rows * columns), std::vector<float>(rows * units)};
  Block block(moments, factors, type);
  std::vector<float> numbers(kLanes * columns);
  for (size_t first = 0; first < rows; first += kLanes) {
    const size_t count = std::min(kLanes, rows - first);
    const auto part = std::span(numbers).first(count * columns);
    reader.read(first, part);
    block.choose(part, count, made.codes.data() + first * columns,
                 made.units.data() + first * units);
  }
  return made;
}

Codes nearest(SourceReader& reader, size_t rows, size_t columns, schema::DType type) {
  const size_t units = units_of(type, columns),
               step = type == schema::DType::Int4 ? kGroup : columns;
  Codes made = {std::vector<int8_t>(rows * columns), std::vector<float>(rows * units)};
  std::vector<float> numbers(columns);
  for (size_t row = 0; row < rows; ++row) {
    reader.read(row, numbers);
    for (size_t at = 0; at < columns; at += step) {
      const auto part = std::span(numbers).subspan(at, std::min(step, columns - at));
      const auto codes = std::span(made.codes).subspan(row * columns + at, part.size());
      made.units[row * units + at / step] = type == schema::DType::Int4
                                                ? kernels::widen(quantize_group(part, codes))
                                                : quantize(part, codes);
    }
  }
  return made;
}

}  // namespace fovea::tools
