// Where keys and values lie: in the operator's two states, or in two tensors of the same layouts.

#ifndef FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_
#define FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_

#include "runtime/operators/check.h"

namespace fovea {

struct KeyValueShape {
  uint32_t batch, tokens;  // of the operator's rows
  uint32_t heads, key_width, value_width;
};

// Two states of one cache with these heads and widths, keys first; batch fits the sequences.
fovea_code check_states(const Frame& frame, const KeyValueShape& shape, fovea_error* error);

// Tensors [batch, heads, blocks, key_width, 16] and [batch, heads, blocks * 16, value_width] with
// room for the tokens. `field` and `slot` name the first of the two.
fovea_code check_tensors(const Frame& frame, const KeyValueShape& shape, int32_t keys,
                         int32_t values, fovea_field field, uint32_t slot, fovea_error* error);

// Slots of a key tensor: blocks * 16.
uint32_t tensor_capacity(const Frame& frame, int32_t keys);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_KEY_VALUE_H_
