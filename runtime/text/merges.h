// Byte pair merging in the order of scores, in n log n.

#ifndef FOVEA_RUNTIME_TEXT_MERGES_H_
#define FOVEA_RUNTIME_TEXT_MERGES_H_

#include "runtime/text/vocabulary.h"

namespace fovea {

// A symbol is a run of places in the array of first symbols; it is named by its first place. A
// tournament over all places knows the best merge of two neighbours: the highest score, and the
// leftmost of equal ones.
class Merges {
 public:
  // int32 of room for each symbol, the symbols themselves included.
  static constexpr size_t kRoom = 4;

  // `room` begins with the `count` ids of the first symbols, each of them a piece.
  Merges(const Vocabulary& vocabulary, int32_t* room, int32_t count)
      : v_(vocabulary),
        symbol_(room),
        link_(room + count),
        merged_(link_ + count),
        best_(merged_ + count),
        count_(count) {}

  // Merges until nothing is left to merge. The ids are then at the front of the room. Returns how
  // many.
  int32_t run();

 private:
  int32_t candidate(int32_t place) const;
  int32_t better(int32_t a, int32_t b) const;
  int32_t winner(int32_t node) const;
  void play(int32_t place);
  void merge(int32_t place);
  int32_t before(int32_t place) const;
  int32_t compact();

  const Vocabulary& v_;
  int32_t* symbol_;  // [count_] by place: the id
  // [count_] At a symbol's first place, where the next one begins; at its last place, if that is
  // another one, where it begins itself.
  int32_t* link_;
  int32_t* merged_;  // [count_] by place: what the symbol and the next one make, or -1
  int32_t* best_;    // [count_] by inner node, the root is 1: the place that wins below, or -1
  int32_t count_;
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_MERGES_H_
