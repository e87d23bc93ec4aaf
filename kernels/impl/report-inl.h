// Attention that tells of its weights, beside its result: a kernel of its own, so that attention
// without a report has nothing of it.

#ifndef FOVEA_KERNELS_IMPL_REPORT_INL_H_
#define FOVEA_KERNELS_IMPL_REPORT_INL_H_

#include "kernels/impl/average-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The position of the first of the block's scores that is `max`, which is among the first `count`.
template <class A>
FOVEA_INLINE uint32_t position_of(const KeyBlock& block, const float* scores, size_t count,
                                  float max) {
  Vec<A> best = broadcast<A>(-kInfinity);
  for (size_t t = 0; t < count; t += kWidth<A>) {
    const Vec<A> index = broadcast<A>(static_cast<float>(t)) + load<A>(kLaneIndex);
    const auto found = load<A>(scores + t) == broadcast<A>(max);
    best = maximum(select(found, -index, broadcast<A>(-kInfinity)), best);
  }
  size_t at = static_cast<size_t>(-lane_max<A>(best)), n = 0;
  for (; at >= block.pieces[n].count; ++n) at -= block.pieces[n].count;
  return static_cast<uint32_t>(block.pieces[n].position + at);
}

// weigh_row, with the same bits, which also leaves the position of the largest score so far and
// returns the sum of p * log2(p).
template <class A>
FOVEA_INLINE float weigh_and_tell(const QueryBlock& q, size_t i, size_t allowed,
                                  const KeyBlock& block, uint32_t* positions) {
  float* scores = q.scores + i * q.score_stride;
  const size_t lanes = round_up(allowed, kLanes);
  for (size_t t = allowed; t < lanes; ++t) scores[t] = -kInfinity;
  const float max = max_row<A>(scores, lanes);
  if (max > q.max[i]) positions[i] = position_of<A>(block, scores, lanes, max);
  const Vec<A> shift = broadcast<A>(max == -kInfinity ? 0.0f : max);
  Vec<A> sum[kVectors<A>], spread[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) sum[j] = spread[j] = broadcast<A>(0.0f);
  for (size_t t = 0; t < lanes; t += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      float* at = scores + t + j * kWidth<A>;
      const Vec<A> log = load<A>(at) - shift, p = exp2_negative<A>(log);
      store(at, p);
      sum[j] = sum[j] + p;
      spread[j] = mul_add(p, finite_log<A>(log), spread[j]);
    }
  }
  for (size_t t = lanes; t < block.keys; ++t) scores[t] = 0.0f;
  q.add[i] = max;
  q.keep[i] = tree_sum<A>(sum);
  return tree_sum<A>(spread);
}

// As merge_factors does it, which comes next: `block` are the sums of p * log2(p) of this block.
template <class A>
FOVEA_INLINE void merge_spreads(const QueryBlock& q, const float* block, float* spreads) {
  for (size_t i = 0; i < q.count; i += kWidth<A>) {
    const Vec<A> sum = load<A>(q.sum + i), zero = broadcast<A>(0.0f);
    const Spread<A> before = {load<A>(q.max + i), sum,
                              select(sum == zero, zero, load<A>(spreads + i))};
    const Spread<A> more = {load<A>(q.add + i), load<A>(q.keep + i), load<A>(block + i)};
    store(spreads + i, merge<A>(before, more).spread);
  }
}

template <class A>
FOVEA_INLINE void tell_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  const Told told = told_of(a, q);
  alignas(64) float spreads[round_up(kQueryBlock, kLanes)] = {};
  if constexpr (Tuning<A>::kShares) {
    size_t seen[kQueryBlock];
    const Scores scores = find_largest<A>(q, block, seen);
    for (size_t i = 0; i < q.count; ++i) {
      if (!(q.add[i] > q.max[i])) continue;
      const float* row = q.scores + i * q.score_stride;
      told.positions[i] = position_of<A>(block, row, round_up(seen[i], kLanes), q.add[i]);
    }
    for_together(scores, q.count, [&](const Scores& s, size_t i, auto rows) FOVEA_LAMBDA {
      weigh<A, rows.kRows, true>(s, q.add + i, q.keep + i, spreads + i);
    });
  } else {
    for (size_t i = 0; i < q.count; ++i) {
      spreads[i] = weigh_and_tell<A>(q, i, allowed_keys(a, q, block, i), block, told.positions);
    }
  }
  merge_spreads<A>(q, spreads, told.spreads);
  if (told.weighs) keep_block<A>(a, q, block, told);
}

// The numbers of one query row and head.
FOVEA_INLINE void write_scalars(const Report& to, size_t at, const Outcome& o, size_t i,
                                uint32_t position) {
  const float factor = o.factor[i];
  if (to.entropy != nullptr) to.entropy[at] = o.entropy[i];
  if (to.effective != nullptr) to.effective[at] = o.effective[i];
  if (to.maximum != nullptr) to.maximum[at] = factor;
  if (to.position == nullptr) return;
  to.position[at] = factor == 0.0f     ? -1.0f
                    : factor == factor ? static_cast<float>(position)
                                       : factor;
}

FOVEA_INLINE void tell_scores(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block,
                              bool complete) {
  const float* scores = q.scores;
  for (size_t n = 0; n < block.count; ++n) {
    const KeyPiece& piece = block.pieces[n];
    a.report->tell_scores({&a, q.item, static_cast<uint32_t>(q.first),
                           static_cast<uint32_t>(q.count), static_cast<uint32_t>(piece.position),
                           static_cast<uint32_t>(piece.count), scores, q.score_stride, complete});
    scores += piece.count;
  }
}

template <class A>
struct Teller {
  static constexpr bool kPassesHidden = false;
  FOVEA_INLINE static void scored(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block,
                                  bool complete) {
    if (a.report->tell_scores != nullptr) tell_scores(a, q, block, complete);
  }
  FOVEA_INLINE static void weigh(const AttentionF32& a, const QueryBlock& q,
                                 const KeyBlock& block) {
    tell_block<A>(a, q, block);
  }
  FOVEA_INLINE static void end(const AttentionF32& a, const QueryBlock& q) {
    const Told told = told_of(a, q);
    Outcome outcome;
    find_outcome<A>(a, q, told.spreads, outcome);
    for_told(a, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
      write_scalars(*a.report, row * a.report->heads + head, outcome, i, told.positions[i]);
    });
    if (told.weighs) finish_weights<A>(a, q, told, outcome);
  }
  FOVEA_INLINE static float factor(const AttentionF32&, float weight) { return weight; }
};

// All items one after another: what is told of several heads adds up in their order.
template <class A, class K>
FOVEA_INLINE void report(const AttentionF32& a) {
  for (size_t i = 0; i < a.count; ++i) {
    for_blocks(a, a.items[i],
               [&](const Segment& s) FOVEA_LAMBDA { attend_many<A, K, Teller<A>>(a, s); });
  }
}

#define FOVEA_CACHE(name, K, type)            \
  template <class A>                          \
  void report_##name(const AttentionF32& a) { \
    report<A, K>(a);                          \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_REPORT_INL_H_
