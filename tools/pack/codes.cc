#include "tools/pack/codes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/layout.h"
#include "tools/pack/quantizer.h"

namespace fovea::tools {
namespace {

using kernels::kGroup;
using kernels::kPanel;

constexpr size_t kWord = 4;  // bytes

void put(std::vector<uint8_t>& bytes, size_t at, const void* value) {
  std::memcpy(bytes.data() + at, value, kWord);
}

// Outputs of whole bytes, one panel: what begins the sums, the words of 16 outputs side by side,
// their numbers. Or one row.
class Bytes {
 public:
  Bytes(uint64_t columns, bool in_panels)
      : columns_(columns),
        in_panels_(in_panels),
        bytes_(in_panels ? kernels::code_panel_bytes(columns)
                         : kernels::code_row_words(columns) * kWord) {}

  void clear() { std::fill(bytes_.begin(), bytes_.end(), uint8_t{0}); }

  void set(size_t output, std::span<const int8_t> codes, std::span<const float> units) {
    const size_t side = in_panels_ ? kPanel : 1, before = in_panels_ ? 1 : 0;
    uint32_t sum = 0;  // wraps around, as sums of kernels may
    for (size_t k = 0; k < columns_; ++k) {
      sum += static_cast<uint32_t>(int32_t{codes[k]});
      const size_t word = before + k / kWord;
      bytes_[(word * side + output) * kWord + k % kWord] = static_cast<uint8_t>(codes[k]);
    }
    const uint32_t start = 0 - 128 * sum;
    if (in_panels_) put(bytes_, output * kWord, &start);
    const size_t last = before + kernels::code_words(columns_);
    put(bytes_, (last * side + output) * kWord, units.data());
  }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  uint64_t columns_;
  bool in_panels_;
  std::vector<uint8_t> bytes_;
};

// Outputs of half bytes in groups, one panel or one row.
template <class W>
class Halves {
 public:
  Halves(uint64_t columns, bool in_panels)
      : columns_(columns),
        in_panels_(in_panels),
        bytes_(in_panels ? kernels::half_panel_bytes(columns, kNumbers)
                         : kernels::half_row_bytes(size_t{columns}, kNumbers)) {}

  void clear() { std::fill(bytes_.begin(), bytes_.end(), uint8_t{0}); }

  void set(size_t output, std::span<const int8_t> codes, std::span<const float> units) {
    for (size_t i = 0; i < columns_; ++i) {
      for (size_t n = 0; i % kGroup == 0 && n < kNumbers; ++n) {
        kernels::F16 number;
        kernels::narrow(units[i / kGroup * kNumbers + n], number);
        const size_t step = in_panels_ ? kPanel : 1;
        std::memcpy(bytes_.data() + unit_at(output, i) + n * step * sizeof number, &number,
                    sizeof number);
      }
      constexpr int kZero = kNumbers == 1 ? 8 : 0;
      uint8_t& byte = bytes_[word_at(output, i) + i % kWord];
      byte = static_cast<uint8_t>(byte | (codes[i] + kZero) << (i % 8 < kWord ? 0 : 4));
    }
  }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  static constexpr size_t kNumbers = W::kNumbers;

  size_t word_at(size_t output, size_t i) const {
    return in_panels_ ? kernels::half_word_at(i, kNumbers) + output * kWord : i / 8 * kWord;
  }
  size_t unit_at(size_t output, size_t i) const {
    const size_t after = kernels::half_words(size_t{columns_}) * kWord;
    return in_panels_ ? kernels::half_unit_at(i, kNumbers) + output * sizeof(kernels::F16)
                      : after + i / kGroup * kNumbers * sizeof(kernels::F16);
  }

  uint64_t columns_;
  bool in_panels_;
  std::vector<uint8_t> bytes_;
};

// Codes of some rows: those that were chosen, else the nearest ones.
class Rows {
 public:
  Rows(SourceReader& reader, schema::DType type, uint64_t columns, const Codes* chosen)
      : reader_(reader),
        type_(type),
        groups_(type, columns),
        chosen_(chosen),
        nearest_(groups_, chosen == nullptr ? 1 : 0) {}

  void read(uint64_t first, uint64_t count) {
    first_ = first;
    numbers_.resize(chosen_ == nullptr ? count * groups_.columns : 0);
    if (chosen_ == nullptr) reader_.read(first, numbers_);
  }

  // Row `i` of those becomes output `i`.
  template <class Outputs>
  void give(uint64_t i, Outputs& outputs) {
    const size_t columns = groups_.columns, units = groups_.numbers_of_row();
    if (chosen_ == nullptr) {
      const auto numbers = std::span(numbers_).subspan(i * columns, columns);
      choose_nearest(type_, numbers, nearest_.codes, nearest_.units);
      outputs.set(i, nearest_.codes, nearest_.units);
    } else {
      const uint64_t row = first_ + i;
      outputs.set(i, std::span(chosen_->codes).subspan(row * columns, columns),
                  std::span(chosen_->units).subspan(row * units, units));
    }
  }

 private:
  SourceReader& reader_;
  schema::DType type_;
  CodeGroups groups_;
  const Codes* chosen_;
  uint64_t first_ = 0;
  std::vector<float> numbers_;
  Codes nearest_;
};

// Those of one expert, whose rows begin at `start`.
template <class Outputs>
void pack_expert(Rows& rows, const Matrices& m, uint64_t start, Outputs& outputs,
                 const ByteSink& sink) {
  const uint64_t step = m.in_panels ? kPanel : 1;
  for (uint64_t first = 0; first < m.outputs; first += step) {
    const uint64_t count = std::min<uint64_t>(step, m.outputs - first);
    for (uint64_t group = 0; group < m.group; ++group) {
      rows.read(start + group * m.outputs + first, count);
      outputs.clear();
      for (uint64_t i = 0; i < count; ++i) rows.give(i, outputs);
      sink(outputs.bytes());
    }
  }
}

template <class Outputs>
void pack(Rows& rows, const Matrices& m, const ByteSink& sink) {
  const uint64_t rows_of_expert = uint64_t{m.group} * m.outputs;
  Outputs outputs(m.k.value(), m.in_panels);
  for (uint64_t e = 0; e < m.experts; ++e) {
    pack_expert(rows, m, e * rows_of_expert, outputs, sink);
  }
}

}  // namespace

CodeGroups::CodeGroups(schema::DType type, size_t columns_of_row)
    : columns(columns_of_row),
      step(is_in_groups(type) ? kGroup : columns_of_row),
      numbers(type == schema::DType::UInt4 ? 2 : 1) {}

double decoded(const CodeGroups& groups, const Codes& codes, size_t row, size_t column) {
  const size_t group = row * groups.count() + column / groups.step;
  const float* const of = codes.units.data() + group * groups.numbers;
  const double number = codes.codes[row * groups.columns + column] * double{of[0]};
  return groups.numbers == 1 ? number : number + double{of[1]};
}

void choose_nearest(schema::DType type, std::span<const float> numbers, std::span<int8_t> codes,
                    std::span<float> units) {
  const CodeGroups groups(type, numbers.size());
  for (size_t g = 0; g < groups.count(); ++g) {
    const size_t first = g * groups.step, count = std::min(groups.step, numbers.size() - first);
    const auto some = numbers.subspan(first, count);
    const auto of = codes.subspan(first, count);
    if (type == schema::DType::Int8) {
      units[g] = quantize(some, of);
    } else if (type == schema::DType::Int4) {
      units[g] = kernels::widen(quantize_group(some, of));
    } else {
      const UnitAndMinimum made = quantize_above_minimum(some, of);
      units[2 * g] = kernels::widen(made.unit);
      units[2 * g + 1] = kernels::widen(made.minimum);
    }
  }
}

void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const Codes* chosen, const ByteSink& sink) {
  Rows rows(reader, type, matrices.k.value(), chosen);
  if (type == schema::DType::Int8) return pack<Bytes>(rows, matrices, sink);
  type == schema::DType::Int4 ? pack<Halves<kernels::I4>>(rows, matrices, sink)
                              : pack<Halves<kernels::U4>>(rows, matrices, sink);
}

}  // namespace fovea::tools
