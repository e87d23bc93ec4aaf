// The weights of attention, beside its result. A kernel of its own that attention calls, so that
// attention without a report has nothing of it.

#ifndef FOVEA_KERNELS_IMPL_REPORT_INL_H_
#define FOVEA_KERNELS_IMPL_REPORT_INL_H_

#include "kernels/impl/many_keys-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Keeps a block's exponentials where the weights will be, and its maxima.
template <class A>
FOVEA_INLINE void keep_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  for_rows(a.shape, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    float* weights = weights_of(a, *q.item, row, head);
    const float* p = q.scores + i * q.score_stride;
    for (size_t n = 0; n < block.count; p += block.pieces[n++].count) {
      map_row<A>(p, weights + block.pieces[n].position, block.pieces[n].count,
                 [](Vec<A> v) FOVEA_LAMBDA { return v; });
    }
    a.report->maxima[block.pieces[0].position / kKeyBlock * kQueryBlock + i] = q.add[i];
  });
}

// What the exponentials of a block are multiplied by to be weights.
template <class A>
FOVEA_INLINE float block_factor(float block_max, float max, float factor) {
  const float shift = max == -kInfinity ? 0.0f : max;
  float factors[kLanes];
  store(factors, exp2_negative<A>(broadcast<A>(block_max - shift)) * broadcast<A>(factor));
  return factors[0];
}

template <class A>
FOVEA_INLINE void finish_weights(const AttentionF32& a, const QueryBlock& q) {
  const SeenKeys seen = seen_keys(a, q.segment());
  for_rows(a.shape, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    float* weights = weights_of(a, *q.item, row, head);
    const float factor = weight_factor<A>(a, *q.item, head, q.max[i], q.sum[i]);
    if (tell_nan(a, *q.item, row, factor, weights)) return;
    for (size_t key = seen.first(); key < seen.range.end; key = seen.next(key)) {
      const KeyBlock block = block_at(a.shape, q.item->keys, seen.of_block(key));
      const float max = a.report->maxima[key / kKeyBlock * kQueryBlock + i];
      for (size_t n = 0; n < block.count; ++n) {
        float* p = weights + block.pieces[n].position;
        scale_weights<A>(p, p, block.pieces[n].count, block_factor<A>(max, q.max[i], factor));
      }
    }
  });
}

template <class A>
void report_f32(const ReportF32& r) {
  const QueryBlock& q = *static_cast<const QueryBlock*>(r.queries);
  if (r.keys == nullptr) return finish_weights<A>(*r.attention, q);
  keep_block<A>(*r.attention, q, *static_cast<const KeyBlock*>(r.keys));
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_REPORT_INL_H_
