#include "tools/pack/codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/layout.h"

namespace fovea::tools {
namespace {

using kernels::kPanel;

constexpr size_t kWord = 4;  // codes

// The nearest whole number, ties to even: adding 1.5 * 2^52 rounds so.
double rounded(double number) {
  return (number + 0x1.8p52) - 0x1.8p52;
}

void put(std::vector<uint8_t>& bytes, size_t at, const void* value) {
  std::memcpy(bytes.data() + at, value, kWord);
}

// One panel: what begins the sums, the words of 16 outputs side by side, their numbers.
class Panel {
 public:
  explicit Panel(uint64_t columns)
      : columns_(columns), codes_(columns), bytes_(kernels::code_panel_bytes(columns)) {}

  void clear() { std::fill(bytes_.begin(), bytes_.end(), uint8_t{0}); }

  void set(size_t output, std::span<const float> numbers) {
    const float unit = quantize(numbers, codes_);
    uint32_t sum = 0;  // wraps around, as sums of kernels may
    for (size_t k = 0; k < columns_; ++k) {
      sum += static_cast<uint32_t>(int32_t{codes_[k]});
      const size_t word = 1 + k / kWord;
      bytes_[(word * kPanel + output) * kWord + k % kWord] = static_cast<uint8_t>(codes_[k]);
    }
    const uint32_t start = 0 - 128 * sum;
    put(bytes_, output * kWord, &start);
    const size_t last = 1 + kernels::code_words(columns_);
    put(bytes_, (last * kPanel + output) * kWord, &unit);
  }

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  uint64_t columns_;
  std::vector<int8_t> codes_;
  std::vector<uint8_t> bytes_;
};

void pack_panels(SourceReader& reader, const Matrices& m, const ByteSink& sink) {
  const uint64_t columns = m.k.value();
  Panel panel(columns);
  std::vector<float> rows(std::min(kPanel, m.outputs) * columns);
  for (uint64_t first = 0; first < m.outputs; first += kPanel) {
    const uint64_t count = std::min<uint64_t>(kPanel, m.outputs - first);
    for (uint64_t group = 0; group < m.group; ++group) {
      reader.read(group * m.outputs + first, std::span(rows).first(count * columns));
      panel.clear();
      for (uint64_t i = 0; i < count; ++i) {
        panel.set(i, std::span(rows).subspan(i * columns, columns));
      }
      sink(panel.bytes());
    }
  }
}

void pack_rows(SourceReader& reader, const Matrices& m, const ByteSink& sink) {
  const uint64_t columns = m.k.value();
  const size_t end = kernels::code_words(columns) * kWord;
  std::vector<float> numbers(columns);
  std::vector<int8_t> codes(columns);
  std::vector<uint8_t> bytes(kernels::code_row_words(columns) * kWord);
  for (uint64_t row = 0; row < m.outputs; ++row) {
    reader.read(row, numbers);
    const float unit = quantize(numbers, codes);
    std::memcpy(bytes.data(), codes.data(), columns);
    put(bytes, end, &unit);
    sink(bytes);
  }
}

}  // namespace

float quantize(std::span<const float> numbers, std::span<int8_t> codes) {
  float largest = 0;
  for (const float number : numbers) largest = std::max(largest, std::abs(number));
  const float unit = largest / 127;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double code = unit > 0 ? rounded(double{numbers[i]} / double{unit}) : 0;
    codes[i] = static_cast<int8_t>(std::clamp(code, -127.0, 127.0));
  }
  return unit;
}

void pack_codes(SourceReader& reader, const Matrices& matrices, const ByteSink& sink) {
  matrices.in_panels ? pack_panels(reader, matrices, sink) : pack_rows(reader, matrices, sink);
}

}  // namespace fovea::tools
