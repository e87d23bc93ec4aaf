// Which weights Monte-Carlo dropout drops, as the published generator says it.

#ifndef FOVEA_TESTS_REFERENCE_DROPOUT_H_
#define FOVEA_TESTS_REFERENCE_DROPOUT_H_

#include <array>
#include <cstdint>

namespace fovea::test {

// Threefry-4x32 with 20 rounds (Salmon et al. 2011).
using Four = std::array<uint32_t, 4>;
Four threefry(const Four& key, const Four& counter);

// Of one query and head.
struct Drops {
  float probability = 0.5f;
  uint32_t seed = 0, pass = 0, layer = 0, head = 0, query = 0;

  // 2^-32 times a whole number in [0, 2^32).
  double number(uint32_t key) const;
  // What the weight of a key is multiplied by: 0, or 1 / (1 - probability).
  double factor(uint32_t key) const;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_DROPOUT_H_
