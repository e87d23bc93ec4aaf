// Sums over the tokens of a sequence, column by column, as GroupNorm has them: in f32 over blocks
// of tokens, in f64 over these.

#ifndef FOVEA_RUNTIME_OPERATORS_GROUP_SUMS_H_
#define FOVEA_RUNTIME_OPERATORS_GROUP_SUMS_H_

#include "runtime/operators/moments.h"

namespace fovea {

inline constexpr uint32_t kSumColumns = 32;  // looked at together: two lines of a cache
inline constexpr uint32_t kSumBlock = 64;    // tokens whose sum is rounded to f32

// Adds the sums over some tokens, rounded to f32, of each column, less `mean`, or of the squares of
// that. A count that is known makes a loop without a tail.
template <bool squares, uint32_t known>
void add_block(const Columns& c, const float* mean, double* sums) {
  const uint32_t count = known > 0 ? known : c.count;
  float block[kSumColumns] = {};
  for (uint32_t t = 0; t < c.tokens; ++t) {
    const float* row = c.x + t * c.stride;
    for (uint32_t i = 0; i < count; ++i) {
      const float centered = squares ? row[i] - mean[i] : row[i];
      block[i] += squares ? centered * centered : centered;
    }
  }
  for (uint32_t i = 0; i < count; ++i) sums[i] += static_cast<double>(block[i]);
}

// The sums over all tokens, block by block, so that rows stay in a cache from columns to columns.
template <bool squares>
void add_up(const Columns& all, const float* mean, double* sums) {
  for (uint32_t i = 0; i < all.count; ++i) sums[i] = 0.0;
  for (uint32_t t = 0; t < all.tokens; t += kSumBlock) {
    const uint32_t tokens = all.tokens - t < kSumBlock ? all.tokens - t : kSumBlock;
    for (uint32_t i = 0; i < all.count; i += kSumColumns) {
      const uint32_t left = all.count - i;
      const Columns some = {all.x + t * all.stride + i, all.stride, tokens, left};
      left < kSumColumns ? add_block<squares, 0>(some, mean + i, sums + i)
                         : add_block<squares, kSumColumns>(some, mean + i, sums + i);
    }
  }
}

// The same sums over tokens that come a few at a time, these from number `token` of the sequence
// on. `block` [columns] is kept in between; the last ones are at the sequence's end.
template <bool squares>
void add_rows(const Columns& rows, uint32_t token, bool last, const float* mean, float* block,
              double* sums) {
  for (uint32_t i = 0; token == 0 && i < rows.count; ++i) sums[i] = 0.0;
  for (uint32_t t = 0; t < rows.tokens; ++t, ++token) {
    const float* row = rows.x + t * rows.stride;
    for (uint32_t i = 0; token % kSumBlock == 0 && i < rows.count; ++i) block[i] = 0.0f;
    for (uint32_t i = 0; i < rows.count; ++i) {
      const float centered = squares ? row[i] - mean[i] : row[i];
      block[i] += squares ? centered * centered : centered;
    }
    if ((token + 1) % kSumBlock != 0 && !(last && t + 1 == rows.tokens)) continue;
    for (uint32_t i = 0; i < rows.count; ++i) sums[i] += static_cast<double>(block[i]);
  }
}

// Of the sums over `tokens` of the columns of groups the mean of each group, for all of its
// columns.
inline void level(const double* sums, uint32_t columns, uint32_t width, uint32_t tokens,
                  float* made) {
  const double count = static_cast<double>(uint64_t{tokens} * width);
  for (uint32_t first = 0; first < columns; first += width) {
    double total = 0.0;
    for (uint32_t i = 0; i < width; ++i) total += sums[first + i];
    for (uint32_t i = 0; i < width; ++i) made[first + i] = static_cast<float>(total / count);
  }
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_GROUP_SUMS_H_
