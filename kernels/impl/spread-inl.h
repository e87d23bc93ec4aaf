// Entropies of attention's weights, from sums that merge as those of attention do: no weight is
// needed for itself.

#ifndef FOVEA_KERNELS_IMPL_SPREAD_INL_H_
#define FOVEA_KERNELS_IMPL_SPREAD_INL_H_

#include "kernels/impl/many_keys-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Of some scores: the largest, the sum of p = exp2(score - max), and that of p * (score - max).
template <class A>
struct Spread {
  Vec<A> max, sum, spread;
};

template <class A>
FOVEA_INLINE Spread<A> merge(const Spread<A>& x, const Spread<A>& y) {
  const Vec<A> max = maximum(x.max, y.max);
  const Vec<A> shift = select(max == broadcast<A>(-kInfinity), broadcast<A>(0.0f), max);
  const Vec<A> x_log = x.max - shift, y_log = y.max - shift;
  const Vec<A> keep = exp2_negative<A>(x_log), add = exp2_negative<A>(y_log);
  const Vec<A> kept = mul_add(x.sum, finite_log<A>(x_log), x.spread) * keep;
  const Vec<A> added = mul_add(y.sum, finite_log<A>(y_log), y.spread);
  return {max, mul_add(x.sum, keep, y.sum * add), mul_add(added, add, kept)};
}

// What the report writes of each row of a block of queries.
struct Outcome {
  alignas(64) float factor[round_up(kQueryBlock, kLanes)];  // of exponentials that become weights
  alignas(64) float entropy[round_up(kQueryBlock, kLanes)];
  alignas(64) float effective[round_up(kQueryBlock, kLanes)];
  alignas(64) float sink[round_up(kQueryBlock, kLanes)];  // the sink's weight
};

// Entropy and effective number of a distribution whose entropy in bits this is; 0 where there is
// none.
template <class A>
FOVEA_INLINE void tell_entropy(Vec<A> bits, Vec<A> total, float* entropy, float* effective) {
  const Vec<A> zero = broadcast<A>(0.0f);
  bits = select(bits < zero, zero, bits);
  const Vec<A> number = broadcast<A>(1.0f) / exp2_negative<A>(zero - bits);
  store(entropy, select(total == zero, zero, bits * broadcast<A>(0x1.62e430p-1f)));
  store(effective, select(total == zero, zero, number));
}

// `spreads`: of all blocks.
template <class A>
FOVEA_INLINE void find_outcome(const AttentionF32& a, const QueryBlock& q, const float* spreads,
                               Outcome& o) {
  const float* sinks = a.scoring == nullptr ? nullptr : a.scoring->sinks;
  for_rows(a.shape, q.segment(), [&](size_t i, size_t, size_t head) FOVEA_LAMBDA {
    o.factor[i] = weight_factor<A>(a, *q.item, head, q.max[i], q.sum[i]);
    o.sink[i] = sinks == nullptr ? -kInfinity : sinks[q.item->first_head + head];
  });
  const Vec<A> zero = broadcast<A>(0.0f), one = broadcast<A>(1.0f);
  for (size_t i = 0; i < q.count; i += kWidth<A>) {
    const Vec<A> sum = load<A>(q.sum + i), max = load<A>(q.max + i);
    const Vec<A> score = load<A>(o.sink + i) * broadcast<A>(kLog2E);
    const Spread<A> keys = {max, sum, select(sum == zero, zero, load<A>(spreads + i))};
    const Spread<A> all = merge<A>(keys, {score, one, zero});
    const Vec<A> bits = log2_positive<A>(all.sum) - all.spread / all.sum;
    tell_entropy<A>(bits, all.sum, o.entropy + i, o.effective + i);
    const Vec<A> shift = select(all.max == broadcast<A>(-kInfinity), zero, all.max);
    store(o.sink + i, select(all.sum == zero, zero, exp2_negative<A>(score - shift) / all.sum));
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_SPREAD_INL_H_
