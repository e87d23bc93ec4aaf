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

// The mean of the numbers less `mean`, or of the squares of that, token after token; of those that
// are no NaN where some are missing, `none` where all are. The sum of as many as 2^29 equal numbers
// is exact, so that a flat series has its own mean and no variance.
inline double mean_of(const Columns& c, bool missing, float mean, bool squares, double none) {
  double sum = 0.0;
  uint64_t numbers = 0;
  for (uint32_t t = 0; t < c.tokens; ++t) {
    for (uint32_t i = 0; i < c.count; ++i) {
      const float centered = c.x[t * c.stride + i] - mean;
      if (missing && centered != centered) continue;
      sum += static_cast<double>(squares ? centered * centered : centered);
      ++numbers;
    }
  }
  return numbers == 0 ? none : sum / static_cast<double>(numbers);
}

struct Moments {
  float mean, deviation;
};

// `Table`: GroupNorm or InverseGroupNorm.
template <class Table>
Moments moments_of(const Columns& c, const Table& a) {
  const auto mean = static_cast<float>(mean_of(c, a.missing(), 0.0f, false, 0.0));
  const auto variance = static_cast<float>(mean_of(c, a.missing(), mean, true, -1.0));
  if (variance < 0.0f) return {mean, 1.0f};
  const float deviation = __builtin_sqrtf(variance + a.epsilon());
  return {mean, deviation == 0.0f && a.flat() > 0.0f ? a.flat() : deviation};
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
