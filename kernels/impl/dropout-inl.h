// Attention that drops some of its weights: a kernel of its own, so that attention without dropout
// has nothing of it.

#ifndef FOVEA_KERNELS_IMPL_DROPOUT_INL_H_
#define FOVEA_KERNELS_IMPL_DROPOUT_INL_H_

#include "kernels/impl/report-inl.h"
#include "kernels/impl/threefry-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Panels of keys that one counter's numbers are for.
constexpr size_t kDrawn = 4;

// Exponentials of consecutive keys, from the first of a panel on. Those past the last key are of
// the last panel, and count nowhere.
template <class A>
FOVEA_INLINE void drop_piece(const ThreefryKey& key, uint32_t query, int32_t cut,
                             const KeyPiece& piece, float* p) {
  const size_t first = piece.position / kLanes, end = first + divide_up(piece.count, kLanes);
  for (size_t group = first / kDrawn; group * kDrawn < end; ++group) {
    const uint32_t counter = static_cast<uint32_t>(group * kLanes);
    for (size_t j = 0; j < kVectors<A>; ++j) {
      const Words<A> zero = broadcast_words<A>(0);
      Words<A> x[4] = {load_words<A>(kLaneWords + j * kWidth<A>) + broadcast_words<A>(counter),
                       broadcast_words<A>(query), zero, zero};
      threefry<A>(x, key);
      FOVEA_UNROLL
      for (size_t w = 0; w < kDrawn; ++w) {
        const size_t panel = group * kDrawn + w;
        if (panel < first || panel >= end) continue;
        float* at = p + (panel - first) * kLanes + j * kWidth<A>;
        store(at, zero_below(load<A>(at), x[w], cut));
      }
    }
  }
}

template <class A>
FOVEA_INLINE void drop_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  const Dropout& d = *a.dropout;
  for_rows(a.shape, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    const ThreefryKey key(d.seed, d.pass, d.layer,
                          static_cast<uint32_t>(q.item->first_head + head));
    const uint32_t query = static_cast<uint32_t>(q.item->first_position + row);
    float* p = q.scores + i * q.score_stride;
    for (size_t n = 0; n < block.count; p += block.pieces[n++].count) {
      drop_piece<A>(key, query, d.cut, block.pieces[n], p);
    }
  });
}

// What was told is of the weights before.
template <class A, class How>
struct Dropper {
  static constexpr bool kPassesHidden = How::kPassesHidden;
  FOVEA_INLINE static void scored(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block,
                                  bool complete) {
    How::scored(a, q, block, complete);
  }
  FOVEA_INLINE static void weigh(const AttentionF32& a, QueryBlock& q, const KeyBlock& block) {
    How::weigh(a, q, block);
    drop_block<A>(a, q, block);
  }
  FOVEA_INLINE static void end(const AttentionF32& a, const QueryBlock& q) { How::end(a, q); }
  FOVEA_INLINE static float factor(const AttentionF32& a, float weight) {
    return weight * a.dropout->factor;
  }
};

template <class A, class K>
FOVEA_INLINE void attend_dropping(const AttentionF32& a) {
  for (size_t i = 0; i < a.count; ++i) {
    for_blocks(a, a.items[i], [&](const Segment& s) FOVEA_LAMBDA {
      a.report == nullptr ? attend_many<A, K, Dropper<A, Untold<A>>>(a, s)
                          : attend_many<A, K, Dropper<A, Teller<A>>>(a, s);
    });
  }
}

#define FOVEA_CACHE(name, K, type)             \
  template <class A>                           \
  void dropout_##name(const AttentionF32& a) { \
    attend_dropping<A, K>(a);                  \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DROPOUT_INL_H_
