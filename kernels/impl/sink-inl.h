// By what attention multiplies its sums of values at the end.

#ifndef FOVEA_KERNELS_IMPL_SINK_INL_H_
#define FOVEA_KERNELS_IMPL_SINK_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// One more score beside those whose maximum and sum of exponentials these are.
template <class A>
__attribute__((noinline)) float sink_factor(float score, float max, float sum) {
  const Vec<A> zero = broadcast<A>(0.0f);
  const Vec<A> sink = broadcast<A>(score * kLog2E), before = broadcast<A>(max);
  const Vec<A> largest = maximum(before, sink);
  const Vec<A> shift = select(largest == broadcast<A>(-kInfinity), zero, largest);
  const Vec<A> keep = exp2_negative<A>(before - shift);
  const Vec<A> total = mul_add(broadcast<A>(sum), keep, exp2_negative<A>(sink - shift));
  float factors[kLanes];
  store(factors, select(total == zero, zero, keep * (broadcast<A>(1.0f) / total)));
  return factors[0];
}

// 1 / sum of all exponentials of a query row, where the sum is not 0.
template <class A>
FOVEA_INLINE float weight_factor(const AttentionF32& a, const AttentionItem& item, size_t head,
                                 float max, float sum) {
  if (a.scoring == nullptr || a.scoring->sinks == nullptr) return sum == 0.0f ? 0.0f : 1.0f / sum;
  return sink_factor<A>(a.scoring->sinks[item.first_head + head], max, sum);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_SINK_INL_H_
