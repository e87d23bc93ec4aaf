// Attention of one query and head in double precision, as its formulas say it.

#ifndef FOVEA_TESTS_REFERENCE_ATTENTION_H_
#define FOVEA_TESTS_REFERENCE_ATTENTION_H_

#include <cstdint>
#include <optional>

#include "tests/reference/ops.h"

namespace fovea::test {

// score = soft_cap * tanh(scale * query . key / soft_cap) where soft_cap > 0, then
//   + slope * (t - position) + distances[n + t - position] + mask[t]
// for keys t that the query sees: before `count`, up to position + after, from position - before on
// or below `kept`. t - position counts within -n to n.
struct Scores {
  double scale = 1;
  int64_t position = 0;
  int64_t before = INT64_MAX, after = INT64_MAX, kept = 0;
  double soft_cap = 0, slope = 0;
  Doubles distances = {};           // [2 * n + 1], or none
  Doubles mask = {};                // [count], or none; -inf: the key is not seen
  std::optional<double> sink = {};  // the score of a key more, whose value is 0
};

// Over keys [count, key_width] and values [count, value_width].
struct Attended {
  Doubles y;        // [value_width]
  Doubles weights;  // [count]
};
Attended attend(const double* query, const double* keys, const double* values, size_t count,
                size_t key_width, size_t value_width, const Scores& scores);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_ATTENTION_H_
