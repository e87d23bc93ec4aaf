// Which rows of a tensor belong to which sequence: one description for a batch of equal lengths
// ([batch, tokens, n]), for the packed rows of sequences of any length, and for one sequence (both
// [tokens, n]).

#ifndef FOVEA_RUNTIME_OPERATORS_SEQUENCES_H_
#define FOVEA_RUNTIME_OPERATORS_SEQUENCES_H_

#include <initializer_list>

#include "runtime/frame.h"

namespace fovea {

// Consecutive rows of one sequence.
struct Piece {
  uint32_t sequence;
  uint32_t row;    // the first, in the tensor
  uint32_t token;  // the first, in its sequence
  uint32_t count;
};

// Some rows of a sequence, in one of the passes that are made over it.
struct Visit {
  uint32_t pass = 0;
  Piece piece = {};  // of no rows in some
};

struct Sequences {
  uint32_t count = 1;
  uint32_t rows = 0;                 // of all of them
  uint32_t most = 0;                 // rows that one of them may have
  bool packed = false;               // not all have the most
  const uint32_t* starts = nullptr;  // [count + 1], the first row of each: packed ones in a run

  uint32_t first(uint32_t sequence) const { return packed ? starts[sequence] : sequence * most; }
  uint32_t length(uint32_t sequence) const { return first(sequence + 1) - first(sequence); }
  // Whether these are the last rows of their sequence.
  bool ends(const Piece& p) const { return p.count > 0 && p.token + p.count == length(p.sequence); }

  // Blocks of `size` rows, of which each sequence has enough of its own: of the ones where a
  // sequence begins and the next one does, the difference is its length / size, rounded up, or
  // more.
  uint32_t blocks(uint32_t size) const { return (rows + (size - 1) * count) / size; }
  uint32_t first_block(uint32_t sequence, uint32_t size) const {
    return (first(sequence) + (size - 1) * sequence) / size;
  }
  // The rows of a block; none in some.
  Piece block(uint32_t index, uint32_t size) const;

  // The rows of one sequence that begin at `row`, and end before `end`.
  Piece piece(uint32_t row, uint32_t end) const;

  // Of a sliced run whose tasks pass over every sequence once for each of `sizes`, of so many rows
  // at a time: sequence after sequence, pass after pass, in ascending order. How many tasks come
  // before those of a sequence (of `count`: how many there are), and what one takes.
  using Sizes = std::initializer_list<uint32_t>;
  uint32_t first_task(uint32_t sequence, const Sizes& sizes) const;
  Visit visit(uint32_t task, const Sizes& sizes) const;

 private:
  // So many rows, or all of a sequence.
  uint32_t within(uint32_t size) const { return size < most ? size : most; }
  // The last sequence that begins at this block or before.
  uint32_t at(uint32_t block, uint32_t size) const;
};

// Whether the tensor has the method's packed rows; whether the update counts them.
bool is_packed(const schema::Method& method, const schema::Tensor& tensor);
inline bool is_packed(const schema::Method& method, const schema::CacheUpdate& update) {
  return method.lengths() >= 0 && update.dim() == method.packed();
}

// Of a tensor of rank 2 or 3. Outside a run nothing is known of where packed ones begin.
Sequences sequences_of(const Frame& frame, int32_t tensor);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_SEQUENCES_H_
