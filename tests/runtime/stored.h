// One more attention in the tiny model.

#ifndef FOVEA_TESTS_RUNTIME_STORED_H_
#define FOVEA_TESTS_RUNTIME_STORED_H_

#include <vector>

#include "tests/runtime/damage.h"

namespace fovea::test {

struct KeyTensors {
  int32_t keys, values;
};

// Over the states of `forward`, or over tensors, of queries that are an input.
inline void attend(schema::ModelT& m, std::vector<uint32_t> extents, std::vector<int32_t> dims,
                   const KeyTensors* from) {
  const int32_t q = add_input(m, 0, extents, dims), y = add_tensor(m, 0, extents, dims);
  const auto& like = op(m, schema::Attributes::Attention);
  const auto states = like.states;
  auto& made =
      append(m, 0, *like.attributes.AsAttention(),
             {q, from != nullptr ? from->keys : -1, from != nullptr ? from->values : -1}, {y});
  if (from == nullptr) made.states = states;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_STORED_H_
