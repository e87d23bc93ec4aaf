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

// Some outputs of a matrix.
class Block {
 public:
  Block(const Moments& moments, const Factors& factors, schema::DType type)
      : moments_(moments),
        factors_(factors),
        type_(type),
        groups_(type, moments.columns()),
        columns_(moments.columns()),
        target_(columns_),
        error_(columns_) {}

  // [count][columns]
  void choose(std::span<const float> numbers, size_t count, int8_t* codes, float* units) {
    fit(numbers, count);
    for (size_t first = 0; first < columns_; first += groups_.step) {
      const size_t end = std::min(first + groups_.step, columns_);
      for (size_t j = first; j < end; ++j) take_over(j, 0, first);
      for (size_t l = 0; l < count; ++l) {
        choose_numbers(l, first, end);
        float* const chosen =
            units + l * groups_.numbers_of_row() + first / groups_.step * groups_.numbers;
        chosen[0] = unit_[l];
        if (groups_.numbers == 2) chosen[1] = minimum_[l];
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

  void choose_numbers(size_t lane, size_t first, size_t end) {
    const std::span importance = std::span(factors_.diagonal()).subspan(first, end - first);
    const bool in_groups = is_in_groups(type_), has_minimum = groups_.numbers == 2;
    numbers_.resize(end - first);
    // A minimum of more is no f16, nor an eighth of a number.
    const double most = has_minimum ? 65500 : 524000;
    for (size_t j = first; j < end; ++j) {
      numbers_[j - first] = static_cast<float>(
          in_groups ? std::clamp(wanted_[j % kGroup][lane], -most, most) : target_[j][lane]);
    }
    std::array<int8_t, kGroup> codes;
    if (has_minimum) {
      const UnitAndMinimum made = quantize_above_minimum(numbers_, codes, importance);
      unit_[lane] = kernels::widen(made.unit);
      minimum_[lane] = kernels::widen(made.minimum);
    } else {
      unit_[lane] = in_groups ? kernels::widen(quantize_group(numbers_, codes, importance))
                              : search_unit(numbers_, importance);
    }
  }

  void round(size_t j, size_t count, int8_t* codes) {
    const auto [least, most] = type_ == schema::DType::Int8   ? std::pair(127.0, 127.0)
                               : type_ == schema::DType::Int4 ? std::pair(8.0, 7.0)
                                                              : std::pair(0.0, 15.0);
    for (size_t l = 0; l < count; ++l) {
      const double unit = double{unit_[l]}, minimum = double{minimum_[l]};
      const double number = wanted_[j % kGroup][l] - minimum;
      const int8_t code = unit != 0 ? code_of(number, unit, least, most) : int8_t{0};
      codes[l * columns_ + j] = code;
      error_[j][l] = target_[j][l] - (code * unit + minimum);
    }
  }

  const Moments& moments_;
  const Factors& factors_;
  schema::DType type_;
  CodeGroups groups_;
  size_t columns_;
  std::vector<Lanes> target_, error_;
  std::array<Lanes, kGroup> wanted_ = {};
  std::array<float, kLanes> unit_ = {}, minimum_ = {};
  std::vector<float> numbers_;
};

}  // namespace

Codes compensate(SourceReader& reader, size_t rows, schema::DType type, const Moments& moments) {
  const size_t columns = moments.columns();
  const CodeGroups groups(type, columns);
  const Factors factors(moments);
  Codes made(groups, rows);
  Block block(moments, factors, type);
  std::vector<float> numbers(kLanes * columns);
  for (size_t first = 0; first < rows; first += kLanes) {
    const size_t count = std::min(kLanes, rows - first);
    const auto part = std::span(numbers).first(count * columns);
    reader.read(first, part);
    block.choose(part, count, made.codes.data() + first * columns,
                 made.units.data() + first * groups.numbers_of_row());
  }
  return made;
}

Codes nearest(SourceReader& reader, size_t rows, size_t columns, schema::DType type) {
  const CodeGroups groups(type, columns);
  const size_t units = groups.numbers_of_row();
  Codes made(groups, rows);
  std::vector<float> numbers(columns);
  for (size_t row = 0; row < rows; ++row) {
    reader.read(row, numbers);
    choose_nearest(type, numbers, std::span(made.codes).subspan(row * columns, columns),
                   std::span(made.units).subspan(row * units, units));
  }
  return made;
}

}  // namespace fovea::tools
