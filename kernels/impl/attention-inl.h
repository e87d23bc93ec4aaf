// Attention in blocks of kKeyBlock keys, for prompts and single queries alike: blocks of query
// rows (rows times heads) pass over the keys once, without a matrix of all scores.

#ifndef FOVEA_KERNELS_IMPL_ATTENTION_INL_H_
#define FOVEA_KERNELS_IMPL_ATTENTION_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/parts-inl.h"
#include "kernels/impl/reduce-inl.h"
#include "kernels/impl/values-inl.h"
#include "kernels/scratch.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

constexpr float kLog2E = 0x1.715476p+0f;

// The query rows first to first + count, of all rows * heads, and their running results.
struct QueryBlock {
  size_t first, count;
  float* query;   // [count][key_width], multiplied by scale * log2(e)
  float* scores;  // [count][score_stride], then their exponentials
  float* out;     // [count][out_stride], the sum of p v over the blocks so far
  float* max;     // [count], the largest score so far
  float* sum;     // [count], the sum of p so far
  float* keep;    // [count], factors of the merge: of the result so far (first the block's sum),
  float* add;     // [count], and of the present block (first its maximum)
  size_t score_stride, out_stride;
};

FOVEA_INLINE QueryBlock carve(const AttentionF32& a) {
  const AttentionSizes sizes(size_t{a.rows} * a.heads, a.key_count, a.key_width, a.value_width);
  QueryBlock q;
  float* p = a.scratch;
  const auto take = [&p](size_t floats) FOVEA_LAMBDA {
    float* at = p;
    p += floats;
    return at;
  };
  q.scores = take(sizes.scores);
  q.out = take(sizes.out);
  q.query = take(sizes.query);
  q.max = take(sizes.row);
  q.sum = take(sizes.row);
  q.keep = take(sizes.row);
  q.add = take(sizes.row);
  q.score_stride = sizes.score_stride;
  q.out_stride = sizes.out_stride;
  return q;
}

// Keys that a query row sees.
FOVEA_INLINE size_t key_limit(const AttentionF32& a, size_t query_row) {
  const size_t seen = size_t{a.first_position} + query_row / a.heads + 1;
  return a.causal ? min_size(a.key_count, seen) : a.key_count;
}

template <class A>
FOVEA_INLINE void begin(const AttentionF32& a, QueryBlock& q) {
  const float scale = a.scale * kLog2E;
  for (size_t i = 0; i < q.count; ++i) {
    const size_t at = q.first + i;
    const float* x = a.query + at / a.heads * a.query_stride + at % a.heads * a.key_width;
    float* query = q.query + i * a.key_width;
    for (size_t d = 0; d < a.key_width; ++d) query[d] = x[d] * scale;
    for (size_t d = 0; d < q.out_stride; ++d) q.out[i * q.out_stride + d] = 0.0f;
  }
  for (size_t i = 0; i < round_up(q.count, kLanes); ++i) {
    q.max[i] = q.add[i] = -kInfinity;
    q.sum[i] = q.keep[i] = 0.0f;
  }
}

// scores[i][t] = query[i] . key[t] for the panels of 16 keys that start at `key`.
template <class A>
FOVEA_INLINE void score_block(const AttentionF32& a, const QueryBlock& q, size_t key,
                              size_t panels) {
  const size_t most_panels = tile_panels<A>(largest_piece(q.count, Tuning<A>::kScoreRows));
  for_parts(q.count, Tuning<A>::kScoreRows, panels, 1, most_panels,
            [&](const Part& part) FOVEA_LAMBDA {
              Tile t;
              t.x = q.query + part.row * a.key_width;
              t.x_stride = a.key_width;
              t.w = a.keys + (key + part.panel * kLanes) * a.key_width;
              t.w_stride = size_t{a.key_width} * kLanes;
              t.bias = nullptr;
              t.residual = nullptr;
              t.residual_stride = 0;
              t.y = q.scores + part.row * q.score_stride + part.panel * kLanes;
              t.y_stride = q.score_stride;
              t.k = a.key_width;
              t.last = kLanes;
              if (score_fetch<A>(part.rows) == Fetch::kStream) {
                t.ahead = a.values + (key + part.panel * kLanes) * a.value_stride;
                t.ahead_step = kLanes * a.value_stride;
              } else {
                fetch_next(part, a.keys + round_up(a.key_count, kLanes) * a.key_width, t);
              }
              run_score_tile<A>(part.rows, part.panels, t);
            });
}

// Keys from `allowed` on become -inf, whose exponential is a true 0.
template <class A>
FOVEA_INLINE void mask(float* scores, size_t allowed, size_t panels) {
  const Vec<A> none = broadcast<A>(-kInfinity);
  size_t t = allowed;
  for (; t % kLanes != 0; ++t) scores[t] = -kInfinity;
  for (; t < panels * kLanes; t += kWidth<A>) store(scores + t, none);
}

// Scores of one row to exponentials. Leaves the block's maximum in add and its sum in keep.
template <class A>
FOVEA_INLINE void weigh_row(QueryBlock& q, size_t i, size_t allowed, size_t panels) {
  float* scores = q.scores + i * q.score_stride;
  mask<A>(scores, allowed, panels);
  const float max = max_row<A>(scores, panels * kLanes);
  const Vec<A> shift = broadcast<A>(max == -kInfinity ? 0.0f : max);
  map_row<A>(scores, scores, panels * kLanes,
             [&](Vec<A> s) FOVEA_LAMBDA { return exp2_negative<A>(s - shift); });
  q.add[i] = max;
  q.keep[i] = sum_row<A>(scores, panels * kLanes);
}

// The factors that merge this block into the result so far, and the merged maxima and sums. For a
// row that sees no key of the block they are 1 and 0, which leaves its result alone.
template <class A>
FOVEA_INLINE void merge_factors(QueryBlock& q) {
  const Vec<A> zero = broadcast<A>(0.0f);
  for (size_t i = 0; i < q.count; i += kWidth<A>) {
    const Vec<A> before = load<A>(q.max + i);
    const Vec<A> block = load<A>(q.add + i);
    const Vec<A> max = maximum(before, block);
    const Vec<A> shift = select(max == broadcast<A>(-kInfinity), zero, max);
    const Vec<A> keep = exp2_negative<A>(before - shift);
    const Vec<A> add = exp2_negative<A>(block - shift);
    store(q.max + i, max);
    store(q.sum + i, mul_add(load<A>(q.sum + i), keep, load<A>(q.keep + i) * add));
    store(q.keep + i, keep);
    store(q.add + i, add);
  }
}

template <class A>
FOVEA_INLINE void value_block(const AttentionF32& a, const QueryBlock& q, size_t key, size_t keys) {
  Pieces tiles(q.count, min_size(Tuning<A>::kValueRows, q.count));
  ValueTile t;
  t.p_stride = q.score_stride;
  t.v = a.values + key * a.value_stride;
  t.v_stride = a.value_stride;
  t.out_stride = q.out_stride;
  t.keys = keys;
  const size_t next = key + kKeyBlock;
  t.ahead = a.keys + (next < a.key_count ? next : key) * a.key_width;
  for (size_t i = 0; i < q.count;) {
    const size_t rows = tiles.take();
    t.p = q.scores + i * q.score_stride;
    t.out = q.out + i * q.out_stride;
    t.keep = q.keep + i;
    t.add = q.add + i;
    run_value_tile<A>(rows, t, a.value_width);
    i += rows;
  }
}

// y = out / sum; adding +0 gives every zero the same sign, however many masked keys were summed.
template <class A>
FOVEA_INLINE void finish(const AttentionF32& a, const QueryBlock& q) {
  const Vec<A> zero = broadcast<A>(0.0f);
  for (size_t i = 0; i < q.count; ++i) {
    const size_t at = q.first + i;
    const Vec<A> factor = broadcast<A>(q.sum[i] == 0.0f ? 0.0f : 1.0f / q.sum[i]);
    float* y = a.y + at / a.heads * a.y_stride + at % a.heads * a.value_width;
    map_row<A>(q.out + i * q.out_stride, y, a.value_width,
               [&](Vec<A> v) FOVEA_LAMBDA { return mul_add(v, factor, zero); });
  }
}

template <class A>
FOVEA_INLINE void attend(const AttentionF32& a, QueryBlock& q) {
  begin<A>(a, q);
  const size_t limit = key_limit(a, q.first + q.count - 1);
  for (size_t key = 0; key < limit; key += kKeyBlock) {
    const size_t keys = min_size(kKeyBlock, limit - key);
    const size_t panels = divide_up(keys, kLanes);
    score_block<A>(a, q, key, panels);
    for (size_t i = 0; i < q.count; ++i) {
      const size_t seen = key_limit(a, q.first + i);
      weigh_row<A>(q, i, seen <= key ? 0 : min_size(keys, seen - key), panels);
    }
    merge_factors<A>(q);
    value_block<A>(a, q, key, keys);
  }
  finish<A>(a, q);
}

template <class A>
void attention_f32(const AttentionF32& a) {
  const size_t query_rows = size_t{a.rows} * a.heads;
  QueryBlock q = carve(a);
  for (size_t first = 0; first < query_rows; first += kQueryBlock) {
    q.first = first;
    q.count = min_size(kQueryBlock, query_rows - first);
    attend<A>(a, q);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ATTENTION_INL_H_
