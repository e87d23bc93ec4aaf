// What every row shares below its algorithms: names, inlining and the 16 logical lanes.
//
// A row (instruction set) is one translation unit. It defines FOVEA_ROW, its name, and includes
// one of the vec_*-inl.h, which give the vector operations that algorithms use:
//   Vec<A>, kWidth<A>              a vector of the arch A, and its floats
//   load, store, broadcast         whole vectors, unaligned
//   load_next                      several vectors, the pointer moving on
//   transpose_four                 four rows of four floats
//   hold                           a vector that several operations use stays in its register
//   broadcast_lane                 one of a vector's floats; where Tuning<A>::kFactors is over 1
//   load_first, store_first        the first n < kWidth floats; the others load as +0
//   mul_add(a, b, c)               a * b + c, rounded once
//   maximum, absolute, copy_sign, select
//   zero_where_below(v, x, cut)    v, +0 where x < cut, which no NaN is
//   power_of_two, is_odd, negate_if_second_bit   on the sum of a number and kRoundMagic
//   split_power                    a normal number > 0 as 2^exponent * fraction, see math-inl.h
//   tree_sum                       over the 16 lanes held in kVectors<A> vectors
//   lane_max                       over a vector
//   tree_sum_four, lane_max_four   the same of four rows
//   Words<A>                       as many 32-bit numbers; + and ^
//   load_words, broadcast_words, rotate_left
//   zero_below(v, words, cut)      v, +0 where the word is below `cut`, both as signed numbers
// Everything lies in an unnamed namespace: nothing of one instruction set can be linked into
// another.

#ifndef FOVEA_KERNELS_IMPL_VEC_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_INL_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

#define FOVEA_INLINE inline __attribute__((always_inline))
#define FOVEA_LAMBDA __attribute__((always_inline))

// gcc 12 keeps an array of accumulators in registers only if every loop over it is unrolled
// completely: kept in memory, the inner loop of linear_f32 fell to a ninth of its speed.
#define FOVEA_UNROLL _Pragma("GCC unroll 64")

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Sums and maxima along a row run in this many logical lanes, whatever the hardware's width.
constexpr size_t kLanes = 16;

// The floats 0 to 15.
alignas(64) constexpr float kLaneIndex[kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                  8, 9, 10, 11, 12, 13, 14, 15};

// Adding 1.5 * 2^23 rounds a float of magnitude below 2^22 to an integer (ties to even), which
// then stands in the low bits of the sum. kExponentMagic leaves it biased like an exponent.
constexpr float kRoundMagic = 12582912.0f;
constexpr float kExponentMagic = 12582912.0f + 127.0f;

// The bits of sqrt(1/2), where fractions begin that split_power gives.
constexpr int32_t kLeastFraction = 0x3f3504f3;

constexpr float kInfinity = __builtin_inff();

// What formats of codes derive from that are widened once for many rows.
struct WideCodes {};
template <class W>
constexpr bool kIsWide = __is_base_of(WideCodes, W);

// What formats of codes derive from whose products take words of two rows and of two outputs.
struct RowPairs {};
template <class W>
constexpr bool kHasPairs = __is_base_of(RowPairs, W);

FOVEA_INLINE constexpr size_t min_size(size_t a, size_t b) {
  return a < b ? a : b;
}
FOVEA_INLINE constexpr size_t max_size(size_t a, size_t b) {
  return a > b ? a : b;
}
FOVEA_INLINE constexpr size_t divide_up(size_t a, size_t b) {
  return (a + b - 1) / b;
}
FOVEA_INLINE constexpr size_t round_up(size_t a, size_t b) {
  return divide_up(a, b) * b;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_INL_H_
