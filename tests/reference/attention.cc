#include "tests/reference/attention.h"

#include <algorithm>
#include <cmath>

namespace fovea::test {
namespace {

bool sees(const Scores& s, int64_t t) {
  const int64_t distance = t - s.position;
  return distance <= s.after && (t < s.kept || -distance <= s.before);
}

double capped(const Scores& s, double score) {
  return s.soft_cap > 0 ? s.soft_cap * std::tanh(score / s.soft_cap) : score;
}

double adjusted(const Scores& s, size_t t, double score) {
  const int64_t distance = static_cast<int64_t>(t) - s.position;
  score += s.slope * static_cast<double>(distance);
  if (!s.distances.empty()) {
    const int64_t n = static_cast<int64_t>(s.distances.size() / 2);
    score += s.distances[static_cast<size_t>(n + std::clamp(distance, -n, n))];
  }
  return s.mask.empty() ? score : score + s.mask[t];
}

// A product with what a table has for the distance of key t from the query.
double at_distance(const Doubles& table, const Scores& s, size_t t, const double* x, size_t width) {
  if (table.empty()) return 0;
  const int64_t n = static_cast<int64_t>(table.size() / width / 2);
  const int64_t row = n + std::clamp(static_cast<int64_t>(t) - s.position, -n, n);
  double product = 0;
  for (size_t d = 0; d < width; ++d) product += x[d] * table[static_cast<size_t>(row) * width + d];
  return product;
}

}  // namespace

Attended attend(const double* query, const double* keys, const double* values, size_t count,
                size_t key_width, size_t value_width, const Scores& s) {
  const Doubles none(count, -INFINITY);
  Attended result = {Doubles(value_width, 0.0), Doubles(count, 0.0), 0, none, none, none};
  Doubles& scores = result.scores;
  for (size_t t = 0; t < count; ++t) {
    if (!sees(s, static_cast<int64_t>(t))) continue;
    const bool kept = static_cast<int64_t>(t) < s.kept && !s.kept_query.empty();
    const double* meets = kept ? s.kept_query.data() : query;
    double product = 0;
    for (size_t d = 0; d < key_width; ++d) product += meets[d] * keys[t * key_width + d];
    product += at_distance(s.position_keys, s, t, query, key_width);
    product += at_distance(s.position_queries, s, t, keys + t * key_width, key_width);
    result.scaled[t] = product * s.scale;
    result.capped[t] = capped(s, result.scaled[t]);
    scores[t] = adjusted(s, t, result.capped[t]);
  }
  double max = s.sink.value_or(-INFINITY);
  for (const double score : scores) max = std::max(max, score);
  if (max == -INFINITY) return result;
  double sum = s.sink ? std::exp(*s.sink - max) : 0;
  for (const double score : scores) sum += std::exp(score - max);
  if (s.sink) result.sink = std::exp(*s.sink - max) / sum;
  for (size_t t = 0; t < count; ++t) {
    result.weights[t] = std::exp(scores[t] - max) / sum;
    const double weight = result.weights[t] * s.kept_factor(t);
    if (weight == 0) continue;
    for (size_t d = 0; d < value_width; ++d) result.y[d] += weight * values[t * value_width + d];
  }
  return result;
}

Summary summarise(const Doubles& weights, double sink) {
  Summary s;
  double total = sink;
  const auto add = [&](double w) { s.entropy -= w > 0 ? w * std::log(w) : 0; };
  add(sink);
  for (size_t t = 0; t < weights.size(); ++t) {
    add(weights[t]);
    total += weights[t];
    if (weights[t] > s.maximum) s.maximum = weights[t], s.position = static_cast<int64_t>(t);
  }
  if (total > 0) s.effective = std::exp(s.entropy);
  return s;
}

Attended average(const std::vector<Attended>& heads) {
  Attended result = {{}, Doubles(heads[0].weights.size(), 0.0), 0, {}, {}, {}};
  const auto count = static_cast<double>(heads.size());
  for (const Attended& head : heads) {
    result.sink += head.sink / count;
    for (size_t t = 0; t < head.weights.size(); ++t) result.weights[t] += head.weights[t] / count;
  }
  return result;
}

}  // namespace fovea::test
