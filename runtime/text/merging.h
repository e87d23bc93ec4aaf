// Byte pair merging, the best pair of neighbours first, in n log n.

#ifndef FOVEA_RUNTIME_TEXT_MERGING_H_
#define FOVEA_RUNTIME_TEXT_MERGING_H_

#include <stdint.h>

namespace fovea {

// int32 of room for each symbol, the symbols themselves included.
inline constexpr uint32_t kMergingRoom = 4;

// A symbol is a run of places in the array of first symbols; it is named by its first place. A
// tournament over all places knows the best merge of two neighbours, and the leftmost of equal
// ones.
//
// Rules say what merges. A merge is any number from 0 on:
//   int32_t find(int32_t first, int32_t second) const;   the merge of two ids, -1 where there is
//   none int32_t made(int32_t merge) const;                   the id that it makes int
//   order(int32_t a, int32_t b) const;               below 0 where merge a is better, 0 where equal
template <class Rules>
class Merging {
 public:
  // `room` begins with the `count` ids of the first symbols.
  Merging(const Rules& rules, int32_t* room, int32_t count)
      : rules_(rules),
        symbol_(room),
        link_(room + count),
        merge_(link_ + count),
        best_(merge_ + count),
        count_(count) {}

  // Merges until nothing is left to merge. The ids are then at the front of the room. Returns how
  // many.
  int32_t run() {
    if (count_ < 2) return count_;
    for (int32_t i = 0; i < count_; ++i) link_[i] = i + 1;
    for (int32_t i = 0; i < count_; ++i) merge_[i] = candidate(i);
    for (int32_t node = count_ - 1; node > 0; --node) {
      best_[node] = better(winner(2 * node), winner(2 * node + 1));
    }
    while (best_[1] >= 0) merge(best_[1]);
    return compact();
  }

 private:
  // The merge of a symbol and its right neighbour, or -1.
  int32_t candidate(int32_t place) const {
    const int32_t next = link_[place];
    return next == count_ ? -1 : rules_.find(symbol_[place], symbol_[next]);
  }

  int32_t better(int32_t a, int32_t b) const {
    if (a < 0) return b;
    if (b < 0) return a;
    const int order = rules_.order(merge_[a], merge_[b]);
    return order < 0 || (order == 0 && a < b) ? a : b;
  }

  // Node count_ + i is the leaf of place i.
  int32_t winner(int32_t node) const {
    if (node < count_) return best_[node];
    return merge_[node - count_] >= 0 ? node - count_ : -1;
  }

  // Plays the games of a place whose merge has changed, as far up as it had won or wins now.
  void play(int32_t place) {
    for (int32_t node = (count_ + place) / 2; node > 0; node /= 2) {
      const int32_t was = best_[node];
      best_[node] = better(winner(2 * node), winner(2 * node + 1));
      if (was != place && best_[node] != place) return;
    }
  }

  // The first place of the symbol before one.
  int32_t before(int32_t place) const {
    const int32_t link = link_[place - 1];
    return link == place ? place - 1 : link;  // of one place: its link says where the next begins
  }

  void merge(int32_t place) {
    const int32_t next = link_[place], end = link_[next];
    symbol_[place] = rules_.made(merge_[place]);
    link_[place] = end;
    link_[end - 1] = place;
    merge_[next] = -1;
    play(next);
    merge_[place] = candidate(place);
    play(place);
    if (place == 0) return;
    const int32_t previous = before(place);
    merge_[previous] = candidate(previous);
    play(previous);
  }

  int32_t compact() {
    int32_t n = 0;
    for (int32_t i = 0; i < count_; i = link_[i]) symbol_[n++] = symbol_[i];
    return n;
  }

  const Rules& rules_;
  int32_t* symbol_;  // [count_] by place: the id
  // [count_] At a symbol's first place, where the next one begins; at its last place, if that is
  // another one, where it begins itself.
  int32_t* link_;
  int32_t* merge_;  // [count_] by place: the merge of the symbol and the next one, or -1
  int32_t* best_;   // [count_] by inner node, the root is 1: the place that wins below, or -1
  int32_t count_;
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_MERGING_H_
