// Ways of using attention, and what it makes of them, in double precision.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_ATTENTION_USE_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_ATTENTION_USE_H_

#include "tests/runtime/operators/case.h"

namespace fovea::test {

constexpr uint32_t kKvHeads = 2, kHeads = 4, kKeyWidth = 32, kValueWidth = 24;
constexpr uint32_t kBefore = 5, kKept = 2, kReach = 3, kPositionReach = 4;
constexpr float kScale = 0.3f, kSoftCap = 0.75f, kProbability = 0.25f;
constexpr uint32_t kLayer = 7;
// Of ranges: queries that two units of a sliced run divide.
constexpr uint32_t kFirstQuery = 11, kQueries = 2, kToldHeads = 2;

// A way of using attention. With states a query sees no keys after its own position, otherwise all
// of its sequence.
enum class Extra { kNone, kScores, kMask, kSeen, kDropout };
using schema::ReportKind;
using Kinds = std::vector<ReportKind>;
struct Use {
  bool packed, states;
  Kinds reports;
  Extra extra;
  bool ranged = false;  // reports of the middle heads, of the last query or of two of them
  schema::DType type = schema::DType::Float32;  // of states

  size_t first_head() const { return ranged ? 1 : 0; }
  size_t heads() const;
  // The queries of a sequence that are told of: the row of query t of so many, or -1.
  bool last() const { return ranged && packed == states; }
  int64_t told_row(const Sequence& s, size_t index, size_t t) const;
  size_t told_rows(const Given& g) const;

  // Of half the cases with scores; the others have a query for kept keys.
  bool relates() const { return extra == Extra::kScores && packed; }
  bool meets_kept() const { return extra == Extra::kScores && !packed; }

  // Slots that a row of weights and of a mask have room for.
  size_t slots(const Given& g) const {
    return states ? kCaseTokens : packed ? (g.tokens + 15 * g.batch) / 16 * 16 : 48;
  }
};

// Whether a report has planes of heads, or a number for each key; whether it is of the average.
bool has_heads(ReportKind kind);
bool has_keys(ReportKind kind);
bool of_average(ReportKind kind);

// The outputs, one after another: y, then the reports.
Doubles expected(const Given& g, const Use& use);

// Breaks each attribute of a case's attention, its last operator.
void add_wrong_attention(Case& c);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_ATTENTION_USE_H_
