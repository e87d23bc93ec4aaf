// Numbers that are the same everywhere.

#ifndef FOVEA_EXAMPLES_PRINCIPLES_RANDOM_H_
#define FOVEA_EXAMPLES_PRINCIPLES_RANDOM_H_

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace principles {

// std::mt19937 is defined to the bit; the distributions of <random> are not.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  uint32_t below(uint32_t count) { return static_cast<uint32_t>(engine_()) % count; }
  // In [-1, 1).
  float number() { return static_cast<float>(engine_() >> 8) / (1 << 23) - 1; }

  // 0 to count - 1 in random order.
  std::vector<uint32_t> order(uint32_t count) {
    std::vector<uint32_t> result(count);
    std::iota(result.begin(), result.end(), 0);
    for (uint32_t i = count; i > 1; --i) std::swap(result[i - 1], result[below(i)]);
    return result;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace principles

#endif  // FOVEA_EXAMPLES_PRINCIPLES_RANDOM_H_
