// Audio made by formulas.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_SIGNALS_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_SIGNALS_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace keyword::test {

struct Signal {
  const char* name;
  int16_t (*sample)(size_t t);
};

inline int16_t noise(size_t t) {
  uint32_t x = static_cast<uint32_t>(t) * 2654435761u + 12345u;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  return static_cast<int16_t>(x >> 16);
}

inline int16_t chirp(size_t t) {
  const double seconds = static_cast<double>(t) / 16000.0;
  return static_cast<int16_t>(20000.0 *
                              std::sin(2 * 3.14159265 * (200.0 + 3000.0 * seconds) * seconds));
}

inline constexpr Signal kSignals[] = {
    {"silence", [](size_t) -> int16_t { return 0; }},
    {"impulses", [](size_t t) -> int16_t { return t % 400 == 0 ? 32767 : 0; }},
    {"constant", [](size_t) -> int16_t { return -32768; }},
    {"square", [](size_t t) -> int16_t { return t / 7 % 2 == 0 ? -32768 : 32767; }},
    {"noise", noise},
    {"chirp", chirp},
};

inline std::vector<int16_t> samples_of(const Signal& signal, size_t count) {
  std::vector<int16_t> samples(count);
  for (size_t t = 0; t < count; ++t) samples[t] = signal.sample(t);
  return samples;
}

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_SIGNALS_H_
