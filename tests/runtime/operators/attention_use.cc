#include "tests/runtime/operators/attention_use.h"

#include <algorithm>
#include <cmath>

#include "tests/reference/attention.h"
#include "tests/reference/cached.h"

namespace fovea::test {

size_t Use::heads() const {
  return ranged ? kToldHeads : kHeads;
}

int64_t Use::told_row(const Sequence& s, size_t index, size_t t) const {
  if (!ranged) return static_cast<int64_t>(s.first + t);
  if (last()) return t + 1 == s.rows ? static_cast<int64_t>(index) : -1;
  if (t < kFirstQuery || t >= kFirstQuery + kQueries) return -1;
  return static_cast<int64_t>(index * kQueries + t - kFirstQuery);
}

size_t Use::told_rows(const Given& g) const {
  return !ranged ? (packed ? g.tokens : g.batch * g.tokens) : g.batch * (last() ? 1 : kQueries);
}

bool has_heads(ReportKind kind) {
  return kind == ReportKind::Weights || kind >= ReportKind::ScaledScores;
}
bool has_keys(ReportKind kind) {
  return has_heads(kind) || kind == ReportKind::Average;
}
bool of_average(ReportKind kind) {
  return kind == ReportKind::AverageEntropy || kind == ReportKind::AverageEffective;
}

namespace {

Scores scores_of(const Given& g, const Use& use, const Sequence& s, size_t t, size_t head) {
  Scores scores;
  scores.scale = double{kScale};
  scores.position = static_cast<int64_t>(t);
  if (use.states) scores.after = 0;
  if (use.extra == Extra::kScores) {
    scores.before = kBefore;
    scores.kept = kKept;
    scores.soft_cap = double{kSoftCap};
    scores.slope = g.weights[0][head];
    const double* distances = &g.weights[1][head * (2 * kReach + 1)];
    scores.distances.assign(distances, distances + 2 * kReach + 1);
    scores.sink = g.weights[2][head];
    if (use.meets_kept()) {
      const double* kept = &g.inputs[3][((s.first + t) * kHeads + head) * kKeyWidth];
      scores.kept_query.assign(kept, kept + kKeyWidth);
    }
    if (!use.relates()) return scores;
    const size_t columns = 2 * kPositionReach + 1;
    for (size_t i = 0; i < columns * kKeyWidth; ++i) {
      const size_t at = (head * kKeyWidth + i % kKeyWidth) * columns + i / kKeyWidth;
      scores.position_keys.push_back(g.weights[3][at]);
      scores.position_queries.push_back(g.weights[4][at]);
    }
  } else if (use.extra == Extra::kDropout) {
    const auto word = [&](size_t i) {
      return static_cast<uint32_t>(static_cast<int32_t>(g.inputs[3][i]));
    };
    scores.drops = {kProbability,
                    word(0),
                    word(1),
                    kLayer,
                    static_cast<uint32_t>(head),
                    static_cast<uint32_t>(t)};
  } else if (use.extra != Extra::kNone) {
    const size_t keys = use.states ? kCaseTokens : g.tokens;
    const size_t row = use.packed ? s.first + t : s.first * kHeads + head * s.rows + t;
    const double* mask = &g.inputs[3][row * keys];
    for (size_t k = 0; k < keys; ++k) {
      const double hidden = mask[k] == 0 ? -INFINITY : 0;
      scores.mask.push_back(use.extra == Extra::kSeen ? hidden : mask[k]);
    }
  }
  return scores;
}

// Where a row's numbers lie in what is told; rows are counted over all sequences.
class Reported {
 public:
  Reported(const Use& use, const Given& g)
      : kinds_(use.reports),
        heads_(use.heads()),
        rows_(use.told_rows(g)),
        plane_(use.packed ? rows_ : rows_ / g.batch),
        slots_(use.slots(g)) {
    for (const ReportKind kind : kinds_) {
      const double nothing = kind >= ReportKind::ScaledScores ? -INFINITY
                             : kind == ReportKind::Position   ? -1
                                                              : 0;
      lists_.emplace_back(rows_ * width(kind), nothing);
    }
  }

  void tell(size_t row, const std::vector<Attended>& heads) {
    const Attended mean = average(heads);
    const Summary summary = summarise(mean.weights, mean.sink);
    for (size_t i = 0; i < kinds_.size(); ++i) {
      double* at = &lists_[i][row * width(kinds_[i])];
      for (size_t h = 0; h < heads.size(); ++h) tell_head(i, row, h, heads[h]);
      if (kinds_[i] == ReportKind::Average) {
        std::copy(mean.weights.begin(), mean.weights.end(), at);
      } else if (kinds_[i] == ReportKind::AverageEntropy) {
        *at = summary.entropy;
      } else if (kinds_[i] == ReportKind::AverageEffective) {
        *at = summary.effective;
      }
    }
  }

  const std::vector<Doubles>& lists() const { return lists_; }

 private:
  size_t width(ReportKind kind) const {
    if (of_average(kind)) return 1;
    return (kind == ReportKind::Average ? 1 : heads_) * (has_keys(kind) ? slots_ : 1);
  }

  void tell_head(size_t i, size_t row, size_t head, const Attended& a) {
    const Summary s = summarise(a.weights, a.sink);
    double& number = lists_[i][row * width(kinds_[i]) + (width(kinds_[i]) == heads_ ? head : 0)];
    if (kinds_[i] == ReportKind::Entropy) number = s.entropy;
    if (kinds_[i] == ReportKind::Effective) number = s.effective;
    if (kinds_[i] == ReportKind::Maximum) number = s.maximum;
    if (kinds_[i] == ReportKind::Position) number = static_cast<double>(s.position);
    if (!has_heads(kinds_[i])) return;
    const size_t plane = (row / plane_ * heads_ + head) * plane_ + row % plane_;
    const Doubles& numbers = kinds_[i] == ReportKind::Weights        ? a.weights
                             : kinds_[i] == ReportKind::ScaledScores ? a.scaled
                             : kinds_[i] == ReportKind::CappedScores ? a.capped
                                                                     : a.scores;
    std::copy(numbers.begin(), numbers.end(), &lists_[i][plane * slots_]);
  }

  Kinds kinds_;
  size_t heads_, rows_, plane_, slots_;
  std::vector<Doubles> lists_;
};

// What stands for a row of keys or values of a head.
Doubles kept(const Use& use, const double* row, size_t width) {
  const std::vector<float> numbers(row, row + width);
  const CacheFormat format = use.type == schema::DType::Float16 ? CacheFormat::kF16
                             : use.type == schema::DType::Int8  ? CacheFormat::kInt8
                                                                : CacheFormat::kF32;
  return to_doubles(cached(format, numbers.data(), 1, width).data(), width);
}

}  // namespace

Doubles expected(const Given& g, const Use& use) {
  const size_t rows = use.packed ? g.tokens : g.batch * g.tokens;
  Doubles y(rows * kHeads * kValueWidth);
  Reported reported(use, g);
  for (size_t index = 0; index < g.sequences.size(); ++index) {
    const Sequence& s = g.sequences[index];
    std::vector<std::vector<Attended>> all(s.rows);  // of each row, by head
    for (size_t head = 0; head < kHeads; ++head) {
      const size_t from = head / (kHeads / kKvHeads);
      Doubles keys, values;
      for (size_t at = s.first; at < s.first + s.rows; ++at) {
        const Doubles key = kept(use, &g.inputs[1][(at * kKvHeads + from) * kKeyWidth], kKeyWidth);
        const Doubles value =
            kept(use, &g.inputs[2][(at * kKvHeads + from) * kValueWidth], kValueWidth);
        keys.insert(keys.end(), key.begin(), key.end());
        values.insert(values.end(), value.begin(), value.end());
      }
      for (size_t t = 0; t < s.rows; ++t) {
        const size_t row = s.first + t;
        const double* query = &g.inputs[0][(row * kHeads + head) * kKeyWidth];
        all[t].push_back(attend(query, keys.data(), values.data(), s.rows, kKeyWidth, kValueWidth,
                                scores_of(g, use, s, t, head)));
        std::copy(all[t][head].y.begin(), all[t][head].y.end(),
                  &y[(row * kHeads + head) * kValueWidth]);
      }
    }
    for (size_t t = 0; t < s.rows; ++t) {
      const int64_t row = use.told_row(s, index, t);
      if (row < 0) continue;
      const auto first = all[t].begin() + static_cast<int64_t>(use.first_head());
      reported.tell(static_cast<size_t>(row), {first, first + static_cast<int64_t>(use.heads())});
    }
  }
  for (const Doubles& list : reported.lists()) y.insert(y.end(), list.begin(), list.end());
  return y;
}

}  // namespace fovea::test
