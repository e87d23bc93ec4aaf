// Attention of one query and head in double precision, as its formulas say it.

#ifndef FOVEA_TESTS_REFERENCE_ATTENTION_H_
#define FOVEA_TESTS_REFERENCE_ATTENTION_H_

#include <cstdint>
#include <optional>

#include "tests/reference/dropout.h"
#include "tests/reference/ops.h"

namespace fovea::test {

// score = scale * (query . key + query . position_keys[n + t - position] + key .
//   position_queries[n + t - position]), soft_cap * tanh(score / soft_cap) where soft_cap > 0, then
//   + slope * (t - position) + distances[n + t - position] + mask[t]
// for keys t that the query sees: before `count`, up to position + after, from position - before on
// or below `kept`. t - position counts within -n to n.
struct Scores {
  double scale = 1;
  int64_t position = 0;
  int64_t before = INT64_MAX, after = INT64_MAX, kept = 0;
  double soft_cap = 0, slope = 0;
  Doubles distances = {};                             // [2 * n + 1], or none
  Doubles mask = {};                                  // [count], or none; -inf: the key is not seen
  Doubles position_keys = {}, position_queries = {};  // [2 * n + 1][key_width], or none
  Doubles kept_query = {};                            // what meets keys below `kept`, or none
  std::optional<double> sink = {};                    // the score of a key more, whose value is 0
  std::optional<Drops> drops = {};                    // weights that count nothing in y

  // What the weight of a key is multiplied by in y.
  double kept_factor(size_t key) const {
    return drops ? drops->factor(static_cast<uint32_t>(key)) : 1;
  }
};

// Over keys [count, key_width] and values [count, value_width].
struct Attended {
  Doubles y;        // [value_width]
  Doubles weights;  // [count], before any are dropped
  double sink = 0;  // the sink's weight
  Doubles scores;   // [count], -inf where the query sees no key
  Doubles scaled;   // the same before the cap, where a mask hides nothing
  Doubles capped;   // and after it
};
Attended attend(const double* query, const double* keys, const double* values, size_t count,
                size_t key_width, size_t value_width, const Scores& scores);

// What is told of weights.
struct Summary {
  double entropy = 0;     // in nats; the sink is a key, too
  double effective = 0;   // exp of it; 0 where nothing weighs anything
  double maximum = 0;     // the largest weight of a key
  int64_t position = -1;  // of the first of the largest, -1 where there is none
};
Summary summarise(const Doubles& weights, double sink);

// Of several heads of one query, which see as many keys.
Attended average(const std::vector<Attended>& heads);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_ATTENTION_H_
