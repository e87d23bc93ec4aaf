// How weights and keys lie: the one geometry that packer, verifier, operators and kernels share.
//
// A weight is a group of matrices [outputs, k]: one, or two of a gated layer (gate, then up). In
// panels, kPanel outputs lie side by side, [panels_of(outputs)][group][k][kPanel], so that one
// line of weights meets one number of x; outputs past the last are zeros. A vector (a bias, a gain)
// is a matrix with k = 1. The keys of a head are one, too: slots are its outputs, the width is k.

#ifndef FOVEA_KERNELS_LAYOUT_H_
#define FOVEA_KERNELS_LAYOUT_H_

#include <cstddef>
#include <cstdint>

namespace fovea {
namespace kernels {

inline constexpr uint32_t kPanel = 16;  // outputs side by side in a panel

// Panels of so many outputs, and the outputs that these have room for.
template <class N>
constexpr N panels_of(N outputs) {
  return static_cast<N>((outputs + (kPanel - 1)) / kPanel);
}
template <class N>
constexpr N padded(N outputs) {
  return static_cast<N>(panels_of(outputs) * kPanel);
}

// Elements of a slice: one panel of each matrix of a group. Work is divided by slices.
constexpr size_t slice_elements(size_t group, size_t k) {
  return group * k * kPanel;
}

// Where the element of `output` and `i` lies, in elements.
constexpr size_t panel_index(size_t output, size_t i, size_t k, size_t group = 1,
                             size_t matrix = 0) {
  return ((output / kPanel * group + matrix) * k + i) * kPanel + output % kPanel;
}

// Codes of 8 bits go in words of four, so that one instruction multiplies four of them. A row of
// codes, be it of activations or of a table, is its words, then one f32: the number that the codes
// are multiples of. A panel is 16 int32, words of each of 16 outputs side by side, 16 f32; the
// int32 are -128 times the sum of an output's codes, so that activations may be taken 128 too
// large. Activations lie so, as numbers from 1 to 255: of signed and unsigned bytes processors
// multiply only these two.
template <class N>
constexpr N code_words(N k) {
  return (k + 3) / 4;
}
constexpr size_t code_row_words(size_t k) {
  return code_words(k) + 1;
}
constexpr size_t code_panel_bytes(size_t k) {
  return (code_words(k) + 2) * (kPanel * 4);
}

// The longest sum of products of codes that an int32 holds is above that.
inline constexpr uint32_t kMostCodes = uint32_t{1} << 17;

// Codes of 4 bits go in words of eight: the first four in the lower halves of the bytes, the others
// in the upper ones, so that two masks give what meets two words of activations. Groups of 32 codes
// have one or two `numbers`, f16: what the codes are multiples of, and of two a minimum, which is
// added. Without minima codes are stored 8 too large. A row of a table is its words, then the
// numbers of one group after the other, an even count. A panel is blocks of two numbers, lines of
// 64 bytes all: either number of 16 outputs, then the words of those groups, 16 outputs side by
// side, fewer in the last block. Activations are signed here, and after the f32 of a row stands for
// each group what its sums begin with where codes are 8 too large, -8 times the sum of its
// activations, an int32.
inline constexpr size_t kGroup = 32;
template <class N>
constexpr N groups_of(N k) {
  return (k + kGroup - 1) / kGroup;
}
constexpr size_t group_row_words(size_t k) {
  return code_row_words(k) + groups_of(k);
}
template <class N>
constexpr N half_words(N k) {
  return (k + 7) / 8;
}
template <class N>
constexpr N half_row_bytes(N k, N numbers) {
  return (half_words(k) + (groups_of(k) * numbers + 1) / 2) * 4;
}
constexpr size_t half_panel_bytes(size_t k, size_t numbers) {
  return half_row_bytes(k, numbers) * kPanel;
}
constexpr size_t half_block_codes(size_t numbers) {  // of an output
  return 2 / numbers * kGroup;
}
// Where the block with code `i` of a panel begins, the word with that code of the first output, and
// the first number of its group, in bytes. The second number lies kPanel f16 behind.
constexpr size_t half_block_at(size_t i, size_t numbers) {
  return i / half_block_codes(numbers) * ((1 + half_block_codes(numbers) / 8) * (kPanel * 4));
}
constexpr size_t half_word_at(size_t i, size_t numbers) {
  return half_block_at(i, numbers) + (1 + i % half_block_codes(numbers) / 8) * (kPanel * 4);
}
constexpr size_t half_unit_at(size_t i, size_t numbers) {
  return half_block_at(i, numbers) + i % half_block_codes(numbers) / kGroup * (kPanel * 2);
}

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_LAYOUT_H_
