#include "tools/pack/codes.h"

#include <algorithm>
#include <array>
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
        codes_(columns),
        bytes_(in_panels ? kernels::code_panel_bytes(columns)
                         : kernels::code_row_words(columns) * kWord) {}

  void clear() { std::fill(bytes_.begin(), bytes_.end(), uint8_t{0}); }

  void set(size_t output, std::span<const float> numbers) {
    const size_t side = in_panels_ ? kPanel : 1, before = in_panels_ ? 1 : 0;
    const float unit = quantize(numbers, codes_);
    uint32_t sum = 0;  // wraps around, as sums of kernels may
    for (size_t k = 0; k < columns_; ++k) {
      sum += static_cast<uint32_t>(int32_t{codes_[k]});
      const size_t word = before + k / kWord;
      bytes_[(word * side + output) * kWord + k % kWord] = static_cast<uint8_t>(codes_[k]);
    }
    const uint32_t start = 0 - 128 * sum;
    if (in_panels_) put(bytes_, output * kWord, &start);
    const size_t last = before + kernels::code_words(columns_);
    put(bytes_, (last * side + output) * kWord, &unit);
  }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  uint64_t columns_;
  bool in_panels_;
  std::vector<int8_t> codes_;
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

  void set(size_t output, std::span<const float> numbers) {
    std::array<int8_t, kGroup> codes;
    for (size_t first = 0; first < columns_; first += kGroup) {
      const auto group = numbers.subspan(first, std::min<size_t>(kGroup, columns_ - first));
      const kernels::F16 unit = quantize_group(group, codes);
      std::memcpy(bytes_.data() + unit_at(output, first), &unit, sizeof unit);
      for (size_t i = 0; i < group.size(); ++i) {
        uint8_t& byte = bytes_[word_at(output, first + i) + i % kWord];
        byte = static_cast<uint8_t>(byte | (codes[i] + 8) << (i % 8 < kWord ? 0 : 4));
      }
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

template <class Outputs>
void pack(SourceReader& reader, const Matrices& m, const ByteSink& sink) {
  const uint64_t columns = m.k.value();
  const uint64_t step = m.in_panels ? kPanel : 1;
  Outputs outputs(columns, m.in_panels);
  std::vector<float> rows(std::min<uint64_t>(step, m.outputs) * columns);
  for (uint64_t first = 0; first < m.outputs; first += step) {
    const uint64_t count = std::min<uint64_t>(step, m.outputs - first);
    for (uint64_t group = 0; group < m.group; ++group) {
      reader.read(group * m.outputs + first, std::span(rows).first(count * columns));
      outputs.clear();
      for (uint64_t i = 0; i < count; ++i) {
        outputs.set(i, std::span(rows).subspan(i * columns, columns));
      }
      sink(outputs.bytes());
    }
  }
}

}  // namespace

void pack_codes(SourceReader& reader, const Matrices& matrices, schema::DType type,
                const ByteSink& sink) {
  type == schema::DType::Int4 ? pack<Halves>(reader, matrices, sink)
                              : pack<Bytes>(reader, matrices, sink);
}

}  // namespace fovea::tools
