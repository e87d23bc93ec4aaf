#include "runtime/text/merges.h"

#include "runtime/features.h"

namespace fovea {

int32_t Merges::run() {
  if (count_ < 2) return count_;
  for (int32_t i = 0; i < count_; ++i) link_[i] = i + 1;
  for (int32_t i = 0; i < count_; ++i) merged_[i] = candidate(i);
  for (int32_t node = count_ - 1; node > 0; --node) {
    best_[node] = better(winner(2 * node), winner(2 * node + 1));
  }
  while (best_[1] >= 0) merge(best_[1]);
  return compact();
}

// What a symbol and its right neighbour make, or -1. The unknown piece stands for other text than
// its own. Scores of -1e10 and below, and those that are no numbers, say that a piece is not made.
int32_t Merges::candidate(int32_t place) const {
  const int32_t next = link_[place], unknown = v_.table().unknown();
  if (next == count_ || symbol_[place] == unknown || symbol_[next] == unknown) return -1;
  const int32_t id = v_.find(v_.piece(symbol_[place]), v_.piece(symbol_[next]));
  return id >= 0 && v_.score(id) > -1e10f ? id : -1;
}

int32_t Merges::better(int32_t a, int32_t b) const {
  if (a < 0) return b;
  if (b < 0) return a;
  const float score_a = v_.score(merged_[a]), score_b = v_.score(merged_[b]);
  if (score_a != score_b) return score_a > score_b ? a : b;
  return a < b ? a : b;
}

// Node count_ + i is the leaf of place i.
int32_t Merges::winner(int32_t node) const {
  if (node < count_) return best_[node];
  return merged_[node - count_] >= 0 ? node - count_ : -1;
}

// Plays the games of a place whose merge has changed, as far up as it had won or wins now.
void Merges::play(int32_t place) {
  for (int32_t node = (count_ + place) / 2; node > 0; node /= 2) {
    const int32_t was = best_[node];
    best_[node] = better(winner(2 * node), winner(2 * node + 1));
    if (was != place && best_[node] != place) return;
  }
}

int32_t Merges::before(int32_t place) const {
  const int32_t link = link_[place - 1];
  return link == place ? place - 1 : link;  // of one place: its link says where the next begins
}

void Merges::merge(int32_t place) {
  const int32_t next = link_[place], end = link_[next];
  symbol_[place] = merged_[place];
  link_[place] = end;
  link_[end - 1] = place;
  merged_[next] = -1;
  play(next);
  merged_[place] = candidate(place);
  play(place);
  if (place == 0) return;
  const int32_t previous = before(place);
  merged_[previous] = candidate(previous);
  play(previous);
}

int32_t Merges::compact() {
  int32_t n = 0;
  for (int32_t i = 0; i < count_; i = link_[i]) symbol_[n++] = symbol_[i];
  return n;
}

namespace {

int32_t merge_pieces(const Vocabulary& v, int32_t* room, int32_t count) {
  return Merges(v, room, count).run();
}

}  // namespace
}  // namespace fovea

extern "C" constexpr fovea_scored_merges fovea_feature_scored_merges = {fovea::merge_pieces};
