// Threefry-4x32-20 (Salmon et al. 2011): four numbers of a counter and a key by additions,
// rotations and exclusive ors, which every row has in lanes; a multiplication to 64 bits, as Philox
// needs, few have. Twelve rounds pass the tests of BigCrush; twenty are what it is published with.

#ifndef FOVEA_KERNELS_IMPL_THREEFRY_INL_H_
#define FOVEA_KERNELS_IMPL_THREEFRY_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Lane numbers, in front of which a counter goes up.
alignas(64) constexpr uint32_t kLaneWords[kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                     8, 9, 10, 11, 12, 13, 14, 15};

struct ThreefryKey {
  uint32_t words[5];

  FOVEA_INLINE ThreefryKey(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
      : words{a, b, c, d, 0x1BD11BDAu ^ a ^ b ^ c ^ d} {}
};

template <class A, int kBits>
FOVEA_INLINE void mix(Words<A>& a, Words<A>& b) {
  a = a + b;
  b = rotate_left<A, kBits>(b) ^ a;
}

template <class A>
FOVEA_INLINE void add_key(Words<A> (&x)[4], const ThreefryKey& key, uint32_t n) {
  FOVEA_UNROLL
  for (uint32_t i = 0; i < 4; ++i) {
    x[i] = x[i] + broadcast_words<A>(key.words[(n + i) % 5] + (i == 3 ? n : 0));
  }
}

// Four rounds, and the n-th addition of the key.
template <class A>
FOVEA_INLINE void four_rounds(Words<A> (&x)[4], const ThreefryKey& key, uint32_t n) {
  if (n % 2 != 0) {
    mix<A, 10>(x[0], x[1]), mix<A, 26>(x[2], x[3]);
    mix<A, 11>(x[0], x[3]), mix<A, 21>(x[2], x[1]);
    mix<A, 13>(x[0], x[1]), mix<A, 27>(x[2], x[3]);
    mix<A, 23>(x[0], x[3]), mix<A, 5>(x[2], x[1]);
  } else {
    mix<A, 6>(x[0], x[1]), mix<A, 20>(x[2], x[3]);
    mix<A, 17>(x[0], x[3]), mix<A, 11>(x[2], x[1]);
    mix<A, 25>(x[0], x[1]), mix<A, 10>(x[2], x[3]);
    mix<A, 18>(x[0], x[3]), mix<A, 20>(x[2], x[1]);
  }
  add_key<A>(x, key, n);
}

// A counter in each lane, which becomes its four numbers.
template <class A>
FOVEA_INLINE void threefry(Words<A> (&x)[4], const ThreefryKey& key) {
  add_key<A>(x, key, 0);
  FOVEA_UNROLL
  for (uint32_t n = 1; n <= 5; ++n) four_rounds<A>(x, key, n);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_THREEFRY_INL_H_
