#include "tools/checkpoint/packed_matrix.h"

#include <cstring>

namespace fovea::tools {

int32_t PackedCodes::at(uint64_t row, uint64_t column) const {
  if (words == nullptr) return add;
  const uint64_t word = row / rows_of_word * row_stride + column / columns_of_word * column_stride;
  const uint64_t within = rows_of_word > 1 ? row % rows_of_word : column % columns_of_word;
  uint32_t bits_of_word = 0;
  std::memcpy(&bits_of_word, words + word * word_bytes, word_bytes);
  const uint64_t place = places == nullptr ? within : places[within];
  const uint32_t mask = (1u << bits) - 1;
  const uint32_t code = bits_of_word >> (place * bits) & mask;
  const uint32_t sign = is_signed ? 1u << (bits - 1) : 0;
  return static_cast<int32_t>(code ^ sign) - static_cast<int32_t>(sign) + add;
}

// The difference has at most 9 bits and the scale 24, so that the product is rounded once at most;
// of scales of 16 bits it is exact.
void PackedMatrix::decode(uint64_t first, std::span<float> out) const {
  uint64_t known_row = UINT64_MAX, known_group = UINT64_MAX;
  float scale = 0;
  int32_t zero = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t row = (first + i) / columns, column = (first + i) % columns;
    const uint64_t g = group > 0 ? column / group : groups[column];
    if (row != known_row || g != known_group) {
      const uint64_t at = row * scale_row_stride + g * scale_group_stride;
      scale_codec.decode(scale_codec, {scales, nullptr}, at, {&scale, 1});
      zero = zeros.at(row, g);
      known_row = row;
      known_group = g;
    }
    out[i] = scale * static_cast<float>(codes.at(row, column) - zero);
  }
}

}  // namespace fovea::tools
