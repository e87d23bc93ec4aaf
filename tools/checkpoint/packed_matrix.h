// Matrices of small whole numbers: scale * (code - zero), where groups of columns share a scale and
// a zero.

#ifndef FOVEA_TOOLS_CHECKPOINT_PACKED_MATRIX_H_
#define FOVEA_TOOLS_CHECKPOINT_PACKED_MATRIX_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/checkpoint/codec.h"

namespace fovea::tools {

// Codes in words, several of which may lie in one. Those of a word follow each other along one of
// the two extents, the first in the lowest bits unless `places` says where.
struct PackedCodes {
  const uint8_t* words = nullptr;  // null: all codes are 0
  uint32_t word_bytes = 4;
  uint32_t bits = 4;
  uint64_t rows_of_word = 1, columns_of_word = 1;
  uint64_t row_stride = 0, column_stride = 0;  // of words
  const uint8_t* places = nullptr;
  bool is_signed = false;  // two's complement, otherwise from 0 on
  int32_t add = 0;

  int32_t at(uint64_t row, uint64_t column) const;
};

struct PackedMatrix {
  uint64_t outputs = 0, columns = 0;
  PackedCodes codes, zeros;  // [outputs, columns], [outputs, groups]
  // [outputs, groups] by these strides, of the type of this codec.
  const uint8_t* scales = nullptr;
  Codec scale_codec;
  uint64_t scale_row_stride = 0, scale_group_stride = 0;
  uint64_t group = 0;                 // columns that follow each other; 0: of `groups`
  std::vector<uint32_t> groups = {};  // of each column

  // Elements [first, first + out.size()) in row-major order.
  void decode(uint64_t first, std::span<float> out) const;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_PACKED_MATRIX_H_
