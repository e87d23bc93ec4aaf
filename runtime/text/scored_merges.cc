// Byte pair merging in the order of scores.

#include "runtime/features.h"
#include "runtime/text/merging.h"
#include "runtime/text/vocabulary.h"

namespace fovea {
namespace {

// A merge is named by the piece that it makes. The best has the highest score.
class ScoredRules {
 public:
  explicit ScoredRules(const Vocabulary& vocabulary)
      : v_(vocabulary), unknown_(vocabulary.table().unknown()) {}

  // The unknown piece stands for other text than its own. Scores of -1e10 and below, and those that
  // are no numbers, say that a piece is not made.
  int32_t find(int32_t first, int32_t second) const {
    if (first == unknown_ || second == unknown_) return -1;
    const int32_t id = v_.find(v_.piece(first), v_.piece(second));
    return id >= 0 && v_.score(id) > -1e10f ? id : -1;
  }
  int32_t made(int32_t merge) const { return merge; }
  int order(int32_t a, int32_t b) const {
    const float score_a = v_.score(a), score_b = v_.score(b);
    return score_a > score_b ? -1 : score_a < score_b ? 1 : 0;
  }

 private:
  const Vocabulary& v_;
  int32_t unknown_;
};

int32_t merge_pieces(const Vocabulary& v, int32_t* room, int32_t count) {
  const ScoredRules rules(v);
  return Merging<ScoredRules>(rules, room, count).run();
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_scored_merges fovea_feature_scored_merges = {fovea::merge_pieces};
