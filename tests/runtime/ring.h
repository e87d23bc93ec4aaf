// A layer over a cache that is a ring.

#ifndef FOVEA_TESTS_RUNTIME_RING_H_
#define FOVEA_TESTS_RUNTIME_RING_H_

#include "tests/runtime/layer.h"

namespace fovea::test {

inline constexpr uint32_t kBefore = 50, kKept = 4, kTokens = 40;
inline constexpr uint32_t kRing = (kTokens + kBefore + 30) / 16 * 16, kFirst = 16;
inline constexpr uint32_t kEndless = 1u << 30;

inline LayerShape ring_layer() {
  return {.tokens = kTokens,
          .context = kEndless,
          .ring = kRing,
          .first = kFirst,
          .before = kBefore,
          .kept = kKept};
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RING_H_
