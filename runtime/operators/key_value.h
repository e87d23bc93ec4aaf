// Where keys and values lie: in the operator's two states, or in two tensors of the same layouts.

#ifndef FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_
#define FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_

#include "runtime/operators/check.h"

namespace fovea {

struct KeyValueShape {
  Sequences rows;  // of the operator
  uint32_t heads, key_width, value_width;
};

// Two states of one cache with these heads and widths, keys first; batch fits the sequences.
fovea_code check_states(const Frame& frame, const KeyValueShape& shape, fovea_error* error);

// The same for what stores to them: the method updates their cache by the operator's rows.
fovea_code check_update(const Frame& frame, const KeyValueShape& shape, fovea_error* error);

// Tensors [heads, blocks, key_width, 16] and [heads, blocks * 16, value_width], with batch before
// where tensor `x` of the rows has it, and with blocks for all rows whatever the dims are. `field`
// and `slot` name the first of the two.
fovea_code check_tensors(const Frame& frame, const KeyValueShape& shape, int32_t x, int32_t keys,
                         int32_t values, fovea_field field, uint32_t slot, fovea_error* error);

// Slots of a key tensor, for each of its heads: blocks * 16.
uint32_t tensor_capacity(const Frame& frame, int32_t keys);

// Slots that tokens past the capacity go round in: the last `count`; 0: none.
struct Ring {
  uint32_t count, capacity;

  uint32_t first() const { return capacity - count; }
  uint32_t slot(uint32_t token) const {
    return token < capacity ? token : first() + (token - first()) % count;
  }
  // Tokens from this one on that lie in slots one after another.
  uint32_t run(uint32_t token) const { return count == 0 ? UINT32_MAX : capacity - slot(token); }
};

// Of a cache, by its index.
Ring ring_of(const Frame& frame, uint32_t cache);

// Which slots are whose.
struct Slots {
  uint32_t heads, capacity;  // slots of each head
  bool shared;               // by all sequences of a tensor
  size_t first(const Sequences& rows, uint32_t sequence, uint32_t head) const {
    if (!shared) return (size_t{sequence} * heads + head) * capacity;
    return size_t{head} * capacity +
           size_t{rows.first_block(sequence, kernels::kPanel)} * kernels::kPanel;
  }
};

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_
