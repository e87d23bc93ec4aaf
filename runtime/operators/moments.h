// Means and deviations of series in which numbers may be missing, as GroupNorm and InverseGroupNorm
// have them.

#ifndef FOVEA_RUNTIME_OPERATORS_MOMENTS_H_
#define FOVEA_RUNTIME_OPERATORS_MOMENTS_H_

#include "runtime/operators/check.h"

namespace fovea {

// Columns of the tokens of one sequence.
struct Columns {
  const float* x;
  size_t stride;
  uint32_t tokens, count;
};

// The sum of numbers less `mean`, or of the squares of that, token after token; of those that are
// no NaN where some are missing. The sum of as many as 2^29 equal numbers is exact, so that a flat
// series has its own mean and no variance.
struct Sum {
  double sum = 0.0;
  uint64_t numbers = 0;

  void add(const Columns& c, bool missing, float mean, bool squares) {
    for (uint32_t t = 0; t < c.tokens; ++t) {
      for (uint32_t i = 0; i < c.count; ++i) {
        const float centered = c.x[t * c.stride + i] - mean;
        if (missing && centered != centered) continue;
        sum += static_cast<double>(squares ? centered * centered : centered);
        ++numbers;
      }
    }
  }
  // `none` where there were no numbers.
  float mean(double none) const {
    return static_cast<float>(numbers == 0 ? none : sum / static_cast<double>(numbers));
  }
};

// Of the sum of squares. `Table`: GroupNorm or InverseGroupNorm.
template <class Table>
float deviation_of(const Sum& squares, const Table& a) {
  const float variance = squares.mean(-1.0);
  if (variance < 0.0f) return 1.0f;
  const float deviation = __builtin_sqrtf(variance + a.epsilon());
  return deviation == 0.0f && a.flat() > 0.0f ? a.flat() : deviation;
}

struct Moments {
  float mean, deviation;
};

template <class Table>
Moments moments_of(const Columns& c, const Table& a) {
  Sum sum, squares;
  sum.add(c, a.missing(), 0.0f, false);
  const float mean = sum.mean(0.0);
  squares.add(c, a.missing(), mean, true);
  return {mean, deviation_of(squares, a)};
}

// What both have besides groups.
template <class Table>
fovea_code check_moments(const Frame& f, const Table& a, fovea_error* error) {
  constexpr uint32_t kEpsilon = attribute<Table>(Table::VT_EPSILON);
  if (!(a.epsilon() >= 0.0f && a.epsilon() < 1.0f)) {
    return fail(error, FOVEA_BAD_VALUE, where_attribute(f, kEpsilon), 1, 0);
  }
  constexpr uint32_t kFlat = attribute<Table>(Table::VT_FLAT);
  return a.flat() >= 0.0f && a.flat() < 1e6f
             ? FOVEA_OK
             : fail(error, FOVEA_BAD_VALUE, where_attribute(f, kFlat), 0, 0);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_MOMENTS_H_
