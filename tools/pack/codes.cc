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

  static size_t units(uint64_t) { return 1; }
  void choose(std::span<const float> numbers, std::span<int8_t> codes,
              std::span<float> units) const {
    units[0] = quantize(numbers, codes);
  }

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
class Halves {
 public:
  Halves(uint64_t columns, bool in_panels)
      : columns_(columns),
        in_panels_(in_panels),
        bytes_(in_panels ? kernels::half_panel_bytes(columns)
                         : kernels::half_row_bytes(size_t{columns})) {}

  void clear() { std::fill(bytes_.begin(), bytes_.end(), uint8_t{0}); }

  static size_t units(uint64_t columns) { return (columns + kGroup - 1) / kGroup; }
  void choose(std::span<const float> numbers, std::span<int8_t> codes,
              std::span<float> units) const {
    for (size_t first = 0; first < columns_; first += kGroup) {
      const size_t count = std::min<size_t>(kGroup, columns_ - first);
      units[first / kGroup] = kernels::widen(
          quantize_group(numbers.subspan(first, count), codes.subspan(first, count)));
    }
  }

  void set(size_t output, std::span<const int8_t> codes, std::span<const float> units) {
    for (size_t i = 0; i < columns_; ++i) {
      if (i % kGroup == 0) {
        kernels::F16 unit;
        kernels::narrow(units[i / kGroup], unit);
        std::memcpy(bytes_.data() + unit_at(output, i), &unit, sizeof unit);
      }
      uint8_t& byte = bytes_[word_at(output, i) + i % kWord];
      byte = static_cast<uint8_t>(byte | (codes[i] + 8) << (i % 8 < kWord ? 0 : 4));
    }
  }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  size_t word_at(size_t output, size_t i) const {
    return in_panels_ ? kernels::half_word_at(i) + output * kWord : i / 8 * kWord;
  }
  size_t unit_at(size_t output, size_t i) const {
    const size_t after = kernels::half_words(size_t{columns_}) * kWord;
    return in_panels_ ? kernels::half_unit_at(i) + output * sizeof(kernels::F16)
                      : after + i / kGroup * sizeof(kernels::F16);
  }

  uint64_t columns_;
  bool in_panels_;
  std::vector<uint8_t> bytes_;
};

// Codes of some rows: those that were chosen, else the nearest ones.
template <class Outputs>
class Rows {
 public:
  Rows(SourceReader& reader, uint64_t columns, const Codes* chosen)
      : reader_(reader),
        columns_(columns),
        units_of_row_(Outputs::units(columns)),
        chosen_(chosen),
        codes_(chosen == nullptr ? columns : 0),
        units_(chosen == nullptr ? units_of_row_ : 0) {}

  void read(uint64_t first, uint64_t count) {
    first_ = first;
    numbers_.resize(chosen_ == nullptr ? count * columns_ : 0);
    if (chosen_ == nullptr) reader_.read(first, numbers_);
  }

  // Row `i` of those becomes output `i`.
  void give(uint64_t i, Outputs& outputs) {
    if (chosen_ == nullptr) {
      outputs.choose(std::span(numbers_).subspan(i * columns_, columns_), codes_, units_);
      outputs.set(i, codes_, units_);
    } else {
      const uint64_t row = first_ + i;
      outputs.set(i, std::span(chosen_->codes).subspan(row * columns_, columns_),
                  std::span(chosen_->units).subspan(row * units_of_row_, units_of_row_));
    }
  }

 private:
  SourceReader& reader_;
  uint64_t columns_;
  size_t units_of_row_;
  const Codes* chosen_;
  uint64_t first_ = 0;
  std::vector<float> numbers_;
  std::vector<int8_t> codes_;
  std::vector<float> units_;
};

// Those of one expert, whose rows begin at `start`.
template <class Outputs>
void pack_expert(Rows<Outputs>& rows, const Matrices& m, uint64_t start, Outputs& outputs,
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
void pack(SourceReader& reader, const Matrices& m, const Codes* chosen, const ByteSink& sink) {
  const uint64_t columns = m.k.value(), rows_of_expert = uint64_t{m.group} * m.outputs;
  Outputs outputs(columns, m.in_panels);
  Rows<Outputs> rows(reader, columns, chosen);
  for (uint64_t e = 0; e < m.experts; ++e) {
    pack_expert(rows, m, e * rows_of_expert, outputs, sink);
  }
}

}  // namespace

void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const Codes* chosen, const ByteSink& sink) {
  type == schema::DType::Int4 ? pack<Halves>(reader, matrices, chosen, sink)
                              : pack<Bytes>(reader, matrices, chosen, sink);
}

}  // namespace fovea::tools
