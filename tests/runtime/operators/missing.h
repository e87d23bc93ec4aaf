// Series in which numbers are missing: pieces of one that is shorter than they say.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_MISSING_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_MISSING_H_

#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

// Pieces of 3 lines of 40 columns each, overlapping by one, in 61 lines of which the last `tokens`
// are there.
inline constexpr uint32_t kPieceLines = 61, kPieces = 30, kPieceColumns = 40, kPieceWidth = 120;

// Adds the first input and what makes it a tensor [batch, kPieces, kPieceWidth].
inline int32_t add_missing(Case& c) {
  schema::TilesT tiles;
  tiles.lines = kPieceLines;
  tiles.high = 3;
  tiles.wide = tiles.right = kPieceColumns;
  tiles.down = 2;
  tiles.ends = true;
  tiles.fill = NAN;
  const int32_t x = c.rows(kPieceColumns);
  const int32_t y = c.tensor({1, kPieces, kPieceWidth}, {0, -1, -1});
  c.op(tiles, {x}, {y});
  return y;
}

// What that tensor holds.
inline Doubles missing_of(const Given& g) {
  Doubles y;
  for (size_t i = 0; i < g.batch * kPieces * kPieceWidth; ++i) {
    const size_t piece = i / kPieceWidth % kPieces, sequence = i / kPieceWidth / kPieces;
    const size_t line = 2 * piece + i % kPieceWidth / kPieceColumns + g.tokens;
    const size_t at =
        (sequence * g.tokens + line - kPieceLines) * kPieceColumns + i % kPieceColumns;
    y.push_back(line < kPieceLines ? NAN : g.inputs[0][at]);
  }
  return y;
}

// The numbers that are there of `count` columns of a sequence, from a first one on.
inline Doubles group_of(const Doubles& x, size_t sequence, size_t first, size_t count) {
  Doubles all;
  for (size_t i = 0; i < kPieces * count; ++i) {
    const size_t row = sequence * kPieces + i / count;
    const double number = x[row * kPieceWidth + first + i % count];
    if (!std::isnan(number)) all.push_back(number);
  }
  return all;
}

struct DoubleMoments {
  double mean, deviation;
};

// 0 and 1 of nothing.
inline DoubleMoments moments_of(const Doubles& all, double epsilon) {
  if (all.empty()) return {0, 1};
  double mean = 0, variance = 0;
  for (const double v : all) mean += v / static_cast<double>(all.size());
  for (const double v : all) variance += (v - mean) * (v - mean) / static_cast<double>(all.size());
  return {mean, std::sqrt(variance + epsilon)};
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_MISSING_H_
