#include "tests/reference/attention_error.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {
namespace {

// The largest |x| . |row| that any distance may give.
double most_of(const Doubles& table, const double* x, size_t width) {
  double most = 0;
  for (size_t row = 0; row < table.size(); row += width) {
    double size = 0;
    for (size_t d = 0; d < width; ++d) size += std::fabs(x[d] * table[row + d]);
    most = std::max(most, size);
  }
  return most;
}

}  // namespace

AttendedWithin attend_within(const double* query, const double* keys, const double* values,
                             size_t count, size_t key_width, size_t value_width,
                             const Scores& scores) {
  constexpr double kRounding = 0x1p-24;
  AttendedWithin result;
  result.of = attend(query, keys, values, count, key_width, value_width, scores);
  double largest = 0.0, added = 0.0;
  for (size_t t = 0; t < count; ++t) {
    if (result.of.scaled[t] == -INFINITY) continue;
    double size = 0.0;
    const bool kept = static_cast<int64_t>(t) < scores.kept && !scores.kept_query.empty();
    const double* meets = kept ? scores.kept_query.data() : query;
    for (size_t d = 0; d < key_width; ++d) size += std::fabs(meets[d] * keys[t * key_width + d]);
    size += most_of(scores.position_keys, query, key_width) +
            most_of(scores.position_queries, keys + t * key_width, key_width);
    largest = std::max(largest, size * std::fabs(scores.scale));
    const double distance = static_cast<double>(t) - static_cast<double>(scores.position);
    added = std::max(
        added,
        std::fabs(scores.slope * distance) +
            (scores.mask.empty() || std::isinf(scores.mask[t]) ? 0 : std::fabs(scores.mask[t])));
  }
  for (const double bias : scores.distances) added = std::max(added, std::fabs(bias));
  const size_t products =
      1 + (scores.position_keys.empty() ? 0 : 1) + (scores.position_queries.empty() ? 0 : 1);
  const double terms = static_cast<double>(products * key_width);
  const double score = result.score = (largest * (terms + 12) + 12 * added) * kRounding;
  result.relative = 2 * score +
                    (static_cast<double>(std::min<size_t>(count, 128)) + 30) * kRounding +
                    static_cast<double>(count) / 128 * 6 * kRounding;
  for (size_t d = 0; d < value_width; ++d) {
    double size = 0.0;
    for (size_t t = 0; t < count; ++t) {
      const double weight = result.of.weights[t] * scores.kept_factor(t);
      size += weight * std::fabs(values[t * value_width + d]);
    }
    result.tolerance.push_back(result.relative * size + kSmallestWeight);
  }
  return result;
}

}  // namespace fovea::test
