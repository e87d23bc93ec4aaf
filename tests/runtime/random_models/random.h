#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_RANDOM_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

namespace fovea::test {

// splitmix64: every seed is a good one.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(next() >> 32) % limit; }
  uint32_t between(uint32_t least, uint32_t most) { return least + below(most - least + 1); }
  bool percent(uint32_t chance) { return below(100) < chance; }
  template <class T>
  T of(std::initializer_list<T> list) {
    return list.begin()[below(static_cast<uint32_t>(list.size()))];
  }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(static_cast<uint32_t>(list.size()))];
  }

  // In [-2, 2).
  float real() {
    return static_cast<float>(static_cast<int32_t>(next() >> 40) - (1 << 23)) * 0x1p-22f;
  }
  // A value that arithmetic treats unlike others.
  float special() {
    using limits = std::numeric_limits<float>;
    return of({limits::infinity(), -limits::infinity(), limits::quiet_NaN(), limits::max(),
               limits::lowest(), limits::min(), limits::denorm_min(), -1e-40f, 0.0f, -0.0f, 1e18f});
  }

 private:
  uint64_t state_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_RANDOM_H_
