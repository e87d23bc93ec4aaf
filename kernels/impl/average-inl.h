// The weights of a report, and their average over heads: exponentials of all keys are kept for a
// block of query rows, and become weights when a row's sum is known.

#ifndef FOVEA_KERNELS_IMPL_AVERAGE_INL_H_
#define FOVEA_KERNELS_IMPL_AVERAGE_INL_H_

#include "kernels/impl/spread-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The scratch memory of a report.
struct Told {
  float* spreads;       // [rows], sums of p * log2(p) so far
  uint32_t* positions;  // [rows], of the largest score so far
  float* maxima;        // [key blocks][rows]
  float* kept;          // [rows], kept_stride apart: exponentials, by position
  size_t row, kept_stride;
  bool weighs;  // whether the last two are needed
};

FOVEA_INLINE Told told_of(const AttentionF32& a, const QueryBlock& q) {
  const ReportSizes sizes(q.item->keys.end(), a.report->weights != nullptr,
                          a.report->average != nullptr);
  float* p = a.report->scratch;
  Told told;
  told.spreads = p;
  told.positions = reinterpret_cast<uint32_t*>(p + sizes.row);
  told.maxima = p + 2 * sizes.row;
  told.kept = told.maxima + sizes.maxima;
  told.row = sizes.row;
  told.kept_stride = sizes.kept_stride;
  told.weighs = a.report->weights != nullptr || a.report->average != nullptr;
  return told;
}

// visit(i, row, head) for the i-th row of the segment, where it is told of: its row in what is
// told, its head among those that are.
template <class Visit>
FOVEA_INLINE void for_told(const AttentionF32& a, const Segment& s, Visit visit) {
  for_rows(a.shape, s, [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    const size_t all = s.item->first_head + head, first = a.report->first_head;
    if (all < first || all - first >= a.report->heads) return;
    visit(i, s.item->report_row + row, all - first);
  });
}

// Where in `planes` the numbers of a row and head begin.
FOVEA_INLINE float* plane_row(const Report& to, float* planes, size_t row, size_t head) {
  const size_t plane = row / to.plane_rows * to.heads + head;
  return planes + (plane * to.plane_rows + row % to.plane_rows) * to.keys;
}

// Where exponentials of a query row are kept: where its weights will be, if they are wanted.
FOVEA_INLINE float* kept_row(const AttentionF32& a, const Told& told, size_t i, size_t row,
                             size_t head) {
  return a.report->weights == nullptr ? told.kept + i * told.kept_stride
                                      : plane_row(*a.report, a.report->weights, row, head);
}

template <class A>
FOVEA_INLINE void keep_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block,
                             const Told& told) {
  for_told(a, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    float* kept = kept_row(a, told, i, row, head);
    const float* p = q.scores + i * q.score_stride;
    for (size_t n = 0; n < block.count; p += block.pieces[n++].count) {
      map_row<A>(p, kept + block.pieces[n].position, block.pieces[n].count,
                 [](Vec<A> v) FOVEA_LAMBDA { return v; });
    }
    told.maxima[block.pieces[0].position / kKeyBlock * told.row + i] = q.add[i];
  });
}

// visit(piece, its block) for all that some row of the queries sees.
template <class Visit>
FOVEA_INLINE void for_seen(const AttentionF32& a, const QueryBlock& q, Visit visit) {
  const SeenKeys seen = seen_keys(a, q.segment());
  for (size_t key = seen.first(); key < seen.range.end; key = seen.next(key)) {
    const KeyBlock block = block_at(q.item->keys, seen.of_block(key));
    for (size_t n = 0; n < block.count; ++n) visit(block.pieces[n], key / kKeyBlock);
  }
}

// A row that sees a NaN has it for all keys within its windows, whatever was computed beside them.
FOVEA_INLINE void spoil(const AttentionF32& a, const QueryBlock& q, size_t i, float nan,
                        float* kept) {
  const size_t position = position_of(a, *q.item, q.first + i);
  const size_t limit = key_limit(a.visibility, position, q.item->keys.end());
  const size_t first = first_seen(a.visibility, position);
  for_seen(a, q, [&](const KeyPiece& piece, size_t) FOVEA_LAMBDA {
    for (size_t t = piece.position; t < piece.position + piece.count; ++t) {
      kept[t] = t < limit && (t >= first || t < a.visibility.kept) ? nan : 0.0f;
    }
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

// Kept exponentials of a query row to weights.
template <class A>
FOVEA_INLINE void scale_kept(const AttentionF32& a, const QueryBlock& q, const Told& told, size_t i,
                             float factor, float* kept) {
  for_seen(a, q, [&](const KeyPiece& piece, size_t block) FOVEA_LAMBDA {
    const float max = told.maxima[block * told.row + i];
    const Vec<A> f = broadcast<A>(block_factor<A>(max, q.max[i], factor));
    float* p = kept + piece.position;
    map_row<A>(p, p, piece.count, [&](Vec<A> v) FOVEA_LAMBDA { return v * f; });
  });
}

// Entropy and effective number of keys of an average that is complete, and of the sinks' share.
template <class A>
FOVEA_INLINE void tell_average(const AttentionF32& a, const QueryBlock& q, const float* average,
                               float sink, size_t at) {
  const Vec<A> zero = broadcast<A>(0.0f), least = broadcast<A>(0x1p-126f);
  Vec<A> sums[kVectors<A>], spreads[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) sums[j] = spreads[j] = zero;
  for_seen(a, q, [&](const KeyPiece& piece, size_t) FOVEA_LAMBDA {
    const float* w = average + piece.position;
    for (size_t t = 0; t < piece.count; t += kLanes) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        const size_t from = t + j * kWidth<A>;
        const size_t left = piece.count > from ? piece.count - from : 0;
        const Vec<A> v = left >= kWidth<A> ? load<A>(w + from) : load_first<A>(w + from, left);
        sums[j] = sums[j] + v;
        spreads[j] = mul_add(v, log2_positive<A>(maximum(v, least)), spreads[j]);
      }
    }
  });
  const Vec<A> share = broadcast<A>(sink);
  const Vec<A> total = broadcast<A>(tree_sum<A>(sums)) + share;
  const Vec<A> spread =
      mul_add(share, log2_positive<A>(maximum(share, least)), broadcast<A>(tree_sum<A>(spreads)));
  float entropy[kLanes], effective[kLanes];
  tell_entropy<A>(zero - spread, total, entropy, effective);
  if (a.report->average_entropy != nullptr) a.report->average_entropy[at] = entropy[0];
  if (a.report->average_effective != nullptr) a.report->average_effective[at] = effective[0];
}

// Adds the weights of a head. What the sinks take so far waits where the entropy will be.
template <class A>
FOVEA_INLINE void add_to_average(const AttentionF32& a, const QueryBlock& q, size_t at, size_t head,
                                 const float* weights, float sink) {
  const Report& to = *a.report;
  float* average = to.average + at * to.keys;
  const bool last = head + 1 == to.heads;
  const Vec<A> share = broadcast<A>(last ? 1.0f / static_cast<float>(to.heads) : 1.0f);
  for_seen(a, q, [&](const KeyPiece& piece, size_t) FOVEA_LAMBDA {
    float* y = average + piece.position;
    zip_row<A>(y, weights + piece.position, y, piece.count,
               [&](Vec<A> sum, Vec<A> w) FOVEA_LAMBDA { return (sum + w) * share; });
  });
  float* const waits = to.average_entropy != nullptr ? to.average_entropy : to.average_effective;
  if (waits == nullptr) return;
  waits[at] = (head == 0 ? sink : waits[at] + sink);
  if (last) tell_average<A>(a, q, average, waits[at] * (1.0f / static_cast<float>(to.heads)), at);
}

template <class A>
FOVEA_INLINE void finish_weights(const AttentionF32& a, const QueryBlock& q, const Told& told,
                                 const Outcome& o) {
  for_told(a, q.segment(), [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    float* kept = kept_row(a, told, i, row, head);
    const float factor = o.factor[i];
    factor == factor ? scale_kept<A>(a, q, told, i, factor, kept) : spoil(a, q, i, factor, kept);
    if (a.report->average != nullptr) add_to_average<A>(a, q, row, head, kept, o.sink[i]);
  });
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_AVERAGE_INL_H_
