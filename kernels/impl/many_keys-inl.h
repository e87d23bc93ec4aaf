// Attention over any number of keys, in blocks of kKeyBlock: a block of query rows passes over the
// keys once, without a matrix of all scores.

#ifndef FOVEA_KERNELS_IMPL_MANY_KEYS_INL_H_
#define FOVEA_KERNELS_IMPL_MANY_KEYS_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/parts-inl.h"
#include "kernels/impl/queries-inl.h"
#include "kernels/impl/reduce-inl.h"
#include "kernels/impl/sight-inl.h"
#include "kernels/impl/sink-inl.h"
#include "kernels/impl/values-inl.h"
#include "kernels/impl/weigh-inl.h"
#include "kernels/impl/weightless-inl.h"
#include "kernels/scratch.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Query rows of one item and their running results.
struct QueryBlock {
  const AttentionItem* item;
  size_t first, count;  // of the item's rows * heads
  float* query;         // [count][key_width], multiplied by scale * log2(e)
  float* scores;        // [count][score_stride], then their exponentials
  float* out;           // [count][out_stride], the sum of p v over the blocks so far
  float* max;           // [count], the largest score so far
  float* sum;           // [count], the sum of p so far
  float* keep;  // [count], factors of the merge: of the result so far (first the block's sum),
  float* add;   // [count], and of the present block (first its maximum)
  size_t score_stride, out_stride;
  const Sight* sight;  // see look()
  bool careful;        // whether some values are no numbers

  Segment segment() const { return {item, first, count}; }
};

FOVEA_INLINE QueryBlock carve(const AttentionF32& a, const Segment& s) {
  const AttentionSizes sizes(s.count, s.item->keys.end(), a.shape.key_width, a.shape.value_width);
  QueryBlock q;
  q.item = s.item;
  q.first = s.first;
  q.count = s.count;
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
  q.sight = nullptr;
  q.careful = false;
  return q;
}

// for_rows; where code must be short, dividing is shorter.
template <class A, class Visit>
FOVEA_INLINE void each_row(const AttentionShape& a, const QueryBlock& q, Visit visit) {
  if constexpr (Tuning<A>::kShares) {
    for_rows(a, q.segment(), visit);
  } else {
    for (size_t i = 0; i < q.count; ++i) visit(i, (q.first + i) / a.heads, (q.first + i) % a.heads);
  }
}

// Rows of other tensors have far strides, which processors do not follow by themselves: the results
// of this block and the queries of the next one.
template <class A>
FOVEA_INLINE void fetch_rows(const AttentionShape& a, const QueryBlock& q) {
  if constexpr (Tuning<A>::kFetchRows != 0) {
    const size_t end = size_t{q.item->rows} * a.heads;
    for_rows(a, q.segment(), [&](size_t, size_t row, size_t head) FOVEA_LAMBDA {
      const float* y = result_of(a, *q.item, row, head);
      for (size_t d = 0; d < a.value_width; d += kLanes) __builtin_prefetch(y + d, 1, 2);
    });
    const size_t next = q.first + kQueryBlock;
    if (next >= end) return;
    const Segment s = {q.item, next, min_size(kQueryBlock, end - next)};
    for_rows(a, s, [&](size_t, size_t row, size_t head) FOVEA_LAMBDA {
      const float* query = query_of(a, *q.item, row, head);
      for (size_t d = 0; d < a.key_width; d += kLanes) __builtin_prefetch(query + d, 0, 2);
    });
  }
}

template <class A>
FOVEA_INLINE void scale_queries(const AttentionF32& a, QueryBlock& q) {
  const Vec<A> scale = broadcast<A>(a.scale * kLog2E);
  const size_t key_width = a.shape.key_width;
  each_row<A>(a.shape, q, [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    map_row<A>(query_of(a.shape, *q.item, row, head), q.query + i * key_width, key_width,
               [&](Vec<A> v) FOVEA_LAMBDA { return v * scale; });
  });
}

// Results of no block at all.
template <class A>
FOVEA_INLINE void clear(const AttentionShape& a, QueryBlock& q) {
  const size_t width = round_up(a.value_width, kWidth<A>);
  for (size_t i = 0; i < q.count; ++i) {
    map_row<A>(q.out + i * q.out_stride, q.out + i * q.out_stride, width,
               [](Vec<A>) FOVEA_LAMBDA { return broadcast<A>(0.0f); });
    q.max[i] = -kInfinity;
    q.sum[i] = 0.0f;
  }
}

FOVEA_INLINE KeyBlock block_at(const KeySegments& from, const KeyRange& range) {
  KeyBlock block;
  block.count = block.keys = 0;
  for (size_t r = 0; r < from.count; ++r) {
    const KeyRun& run = from.runs[r];
    const size_t first = max_size(run.position, range.begin),
                 end = size_t{run.position} + run.count;
    if (first >= min_size(end, range.end)) continue;
    const size_t count = min_size(end, range.end) - first;
    block.pieces[block.count++] = {&run,  first - run.position, first,
                                   count, end - first,          Masking::kLeaves};
    block.keys += count;
  }
  return block;
}

// Looks at the mask of a block's keys, and whether it hides them all.
FOVEA_INLINE bool is_hidden(const AttentionF32& a, const QueryBlock& q, KeyBlock& block) {
  if (a.scoring == nullptr || a.scoring->mask == Mask::kNone) return false;
  bool hidden = true;
  for (size_t n = 0; n < block.count; ++n) {
    KeyPiece& piece = block.pieces[n];
    piece.masking = look_at_mask(a, q.segment(), {piece.position, piece.position + piece.count});
    hidden = hidden && piece.masking == Masking::kHides;
  }
  return hidden;
}

// Whether a call reads more than a second-level cache holds. What comes from farther away is read
// fastest as one stream, panel after panel, though a few rows then wait for the latency of sums.
template <class K>
FOVEA_INLINE bool reads_far(const AttentionF32& a, const AttentionItem& item) {
  constexpr size_t kNear = size_t{1} << 20;  // bytes
  const size_t slot = slot_elements<K>(a.shape.key_width) + slot_elements<K>(a.shape.value_stride);
  return a.count * item.keys.end() * slot * sizeof(K) >= kNear;
}

template <class A, class K>
FOVEA_INLINE size_t score_panels(const AttentionF32& a, const QueryBlock& q) {
  const size_t rows = largest_piece(q.count, Tuning<A>::kScoreRows);
  if constexpr (Tuning<A>::kFetchRows != 0) {
    if (score_fetch<A>(rows) == Fetch::kStream && reads_far<K>(a, *q.item)) return 1;
  }
  return tile_panels<A>(rows);
}

// scores[i][t] = query[i] . key[t] for at least the keys of a piece that row i sees; its scores
// begin at `scores`.
template <class A, class K>
FOVEA_INLINE void score_piece(const AttentionF32& args, const QueryBlock& q, const KeyPiece& piece,
                              bool all, float* scores) {
  const AttentionShape& a = args.shape;
  const size_t keys = piece.count, most_panels = score_panels<A, K>(args, q);
  const size_t panel = kLanes * slot_elements<K>(a.key_width);
  const size_t value_panel = kLanes * slot_elements<K>(a.value_stride);
  const K* const panels = keys_of<K>(a, piece);
  for_parts(q.count, Tuning<A>::kScoreRows, divide_up(keys, kLanes), 1, most_panels,
            [&](Part part) FOVEA_LAMBDA {
              if (!all && !cut_panels(*q.sight, piece, part)) return;
              constexpr size_t kPart = tile_vectors<A>(Tuning<A>::kScoreRows) * kWidth<A>;
              const size_t left = keys - (part.panel + part.panels - 1) * kLanes;
              TileOf<K> t;
              t.x = q.query + part.row * a.key_width;
              t.x_stride = a.key_width;
              t.w = panels + part.panel * panel;
              t.w_stride = panel;
              t.bias = nullptr;
              t.residual = nullptr;
              t.residual_stride = 0;
              t.y = scores + part.row * q.score_stride + part.panel * kLanes;
              t.y_stride = q.score_stride;
              t.k = a.key_width;
              t.last = min_size(round_up(left, kPart), kLanes);
              if (score_fetch<A>(part.rows) == Fetch::kStream) {
                t.ahead = values_of<K>(a.value_stride, piece) + part.panel * value_panel;
                t.ahead_step = 0;
              } else {
                fetch_next<A>(part, panels + divide_up(piece.left, kLanes) * panel, t);
              }
              run_score_tile<A>(part.rows, part.panels, t);
            });
  if constexpr (kHasUnits<K>) {
    scale_slots<A>(panels, a.key_width, keys, q.count, scores, q.score_stride);
  }
}

// Scores of one row to exponentials, of which those from `allowed` to `keys` are 0. Leaves the
// block's maximum in add and its sum in keep.
template <class A>
FOVEA_INLINE void weigh_row(QueryBlock& q, size_t i, size_t allowed, size_t keys) {
  float* scores = q.scores + i * q.score_stride;
  // The exponential of -inf is a true 0.
  const size_t end = round_up(allowed, kWidth<A>), lanes = round_up(allowed, kLanes);
  for (size_t t = allowed; t < end; ++t) scores[t] = -kInfinity;
  const float max = max_row<A>(scores, end);
  const Vec<A> shift = broadcast<A>(max == -kInfinity ? 0.0f : max);
  map_row<A>(scores, scores, end,
             [&](Vec<A> s) FOVEA_LAMBDA { return exp2_negative<A>(s - shift); });
  for (size_t t = end; t < max_size(lanes, keys); ++t) scores[t] = 0.0f;
  q.add[i] = max;
  q.keep[i] = sum_row<A>(scores, lanes);
}

template <class K>
FOVEA_INLINE void relate_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  float* scores = q.scores;
  for (size_t n = 0; n < block.count; ++n) {
    const KeyPiece& piece = block.pieces[n];
    relate(a, q.segment(), q.query, keys_of<K>(a.shape, piece),
           {piece.position, piece.position + piece.count}, scores, q.score_stride);
    scores += piece.count;
  }
}

// Where scores only may be hidden by a window, only the first blocks have such.
FOVEA_INLINE void adjust_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  const size_t last = position_of(a, *q.item, q.first + q.count - 1);
  const bool hides = block.pieces[0].position < first_seen(a.visibility, last);
  if (!hides && !a.scoring->changes()) return;
  float* scores = q.scores;
  for (size_t n = 0; n < block.count; ++n) {
    const KeyPiece& piece = block.pieces[n];
    Masking masking = piece.masking;
    adjust(a, q.segment(), {piece.position, piece.position + piece.count}, &masking, scores,
           q.score_stride);
    scores += piece.count;
  }
}

template <class A, class K, class How>
FOVEA_INLINE void score_block(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block) {
  const bool all = all_seen<A>(q.sight, q.count, block);
  float* scores = q.scores;
  for (size_t n = 0; n < block.count; ++n) {
    score_piece<A, K>(a, q, block.pieces[n], all, scores);
    scores += block.pieces[n].count;
  }
  if (a.scoring != nullptr && a.scoring->relate != nullptr) relate_block<K>(a, q, block);
  How::scored(a, q, block, false);
  if (a.scoring != nullptr) adjust_block(a, q, block);
  How::scored(a, q, block, true);
}

// Keys of a block that lie before what a query row sees the last of.
FOVEA_INLINE size_t allowed_keys(const AttentionF32& a, const QueryBlock& q, const KeyBlock& block,
                                 size_t i) {
  return keys_before(block, key_limit(a, *q.item, q.first + i));
}

// The scores of a block, whose largest of every row it leaves in add. seen: [kQueryBlock]
template <class A>
FOVEA_INLINE Scores find_largest(const QueryBlock& q, const KeyBlock& block, size_t* seen) {
  const bool all = all_seen<A>(q.sight, q.count, block);
  for (size_t i = 0; i < q.count; ++i) {
    seen[i] = all ? block.keys : keys_before(block, q.sight->limit[i]);
  }
  const Scores scores = {q.scores, q.score_stride, seen, block.keys};
  for_together(scores, q.count, [&](const Scores& s, size_t i, auto rows) FOVEA_LAMBDA {
    largest_scores<A, rows.kRows>(s, q.add + i);
  });
  return scores;
}

// Scores of a block to exponentials.
template <class A>
FOVEA_INLINE void weigh_block(const AttentionF32& a, QueryBlock& q, const KeyBlock& block) {
  if constexpr (Tuning<A>::kShares) {
    size_t seen[kQueryBlock];
    const Scores scores = find_largest<A>(q, block, seen);
    for_together(scores, q.count, [&](const Scores& s, size_t i, auto rows) FOVEA_LAMBDA {
      weigh<A, rows.kRows>(s, q.add + i, q.keep + i);
    });
  } else {
    for (size_t i = 0; i < q.count; ++i) {
      weigh_row<A>(q, i, allowed_keys(a, q, block, i), block.keys);
    }
  }
}

// What merge_factors gives of the first block: there is nothing to keep.
FOVEA_INLINE void first_factors(QueryBlock& q) {
  for (size_t i = 0; i < q.count; ++i) {
    q.max[i] = q.add[i];
    q.sum[i] = q.keep[i];
    q.keep[i] = 0.0f;
    q.add[i] = 1.0f;
  }
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

// Exponentials times what the codes of their values are multiples of.
template <class A, class K>
FOVEA_INLINE void scale_values(const AttentionShape& a, const QueryBlock& q,
                               const KeyBlock& block) {
  float* p = q.scores;
  for (size_t n = 0; n < block.count; ++n) {
    const KeyPiece& piece = block.pieces[n];
    scale_slots<A>(values_of<K>(a.value_stride, piece), a.value_stride, piece.count, q.count, p,
                   q.score_stride);
    p += piece.count;
  }
}

// As value tiles do it, without keys that weigh nothing.
template <class A, class K>
__attribute__((noinline)) void value_carefully(const AttentionShape& a, const QueryBlock& q,
                                               const KeyBlock& block) {
  for (size_t i = 0; i < q.count; ++i) {
    const Vec<A> keep = broadcast<A>(q.keep[i]), add = broadcast<A>(q.add[i]);
    for (size_t column = 0; column < a.value_width; column += kWidth<A>) {
      Vec<A> sum = broadcast<A>(0.0f);
      const float* p = q.scores + i * q.score_stride;
      for (size_t n = 0; n < block.count; p += block.pieces[n++].count) {
        const KeyPiece& piece = block.pieces[n];
        sum = add_weighing<A>(sum, p, piece.count, values_of<K>(a.value_stride, piece),
                              a.value_stride, column, a.value_width - column);
      }
      float* out = q.out + i * q.out_stride + column;
      store(out, mul_add(load<A>(out), keep, sum * add));
    }
  }
}

// Whether some values were no numbers. A tile shows those of all its keys in each of its rows.
template <class A>
FOVEA_INLINE bool needs_care(const AttentionShape& a, const QueryBlock& q) {
  if (kPassesBy<A> || q.careful) return false;
  Vec<A> sum = broadcast<A>(0.0f);
  for (size_t i = 0; i < q.count; ++i) {
    sum = add_nothing<A>(sum, q.out + i * q.out_stride, a.value_width);
  }
  return has_nan<A>(sum);
}

template <class A, class K>
FOVEA_INLINE void value_block(const AttentionShape& a, const QueryBlock& q, const KeyBlock& block) {
  if constexpr (!kPassesBy<A>) {
    if (q.careful) return value_carefully<A, K>(a, q, block);
    if constexpr (kHasUnits<K>) scale_values<A, K>(a, q, block);
  }
  const bool all = all_seen<A>(q.sight, q.count, block);
  Pieces tiles(q.count, min_size(Tuning<A>::kValueRows, q.count));
  ValueTileOf<K> t;
  t.x_stride = q.score_stride;
  t.block = &block;
  t.column = 0;
  t.value_stride = a.value_stride;
  t.out_stride = q.out_stride;
  const KeyPiece& last = block.pieces[block.count - 1];
  t.ahead = keys_of<K>(a, last) +
            (last.count < last.left ? last.count : 0) * slot_elements<K>(a.key_width);
  for (size_t i = 0; i < q.count;) {
    const size_t rows = tiles.take();
    t.x = q.scores + i * q.score_stride;
    KeyBlock cut;
    if (!all) {
      cut = block;
      t.block = &cut;
      t.x += cut_keys(*q.sight, i, i + rows - 1, cut);
    }
    t.out = q.out + i * q.out_stride;
    t.keep = q.keep + i;
    t.add = q.add + i;
    run_value_tile<A>(rows, t, a.value_width);
    i += rows;
  }
}

// What becomes of a block's scores, what comes after the last block, and by what sums of values are
// multiplied at the end: nothing but attention.
template <class A>
struct Untold {
  static constexpr bool kPassesHidden = true;  // whole blocks that a mask hides
  FOVEA_INLINE static void scored(const AttentionF32&, const QueryBlock&, const KeyBlock&, bool) {}
  FOVEA_INLINE static void weigh(const AttentionF32& a, QueryBlock& q, const KeyBlock& block) {
    weigh_block<A>(a, q, block);
  }
  FOVEA_INLINE static void end(const AttentionF32&, const QueryBlock&) {}
  FOVEA_INLINE static float factor(const AttentionF32&, float weight) { return weight; }
};

// y = out / sum; adding +0 gives every zero the same sign, however many masked keys were summed.
template <class A, class How = Untold<A>>
FOVEA_INLINE void finish(const AttentionF32& a, const QueryBlock& q) {
  const Vec<A> zero = broadcast<A>(0.0f);
  each_row<A>(a.shape, q, [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    const float weight = weight_factor<A>(a, *q.item, head, q.max[i], q.sum[i]);
    const Vec<A> factor = broadcast<A>(How::factor(a, weight));
    map_row<A>(q.out + i * q.out_stride, result_of(a.shape, *q.item, row, head),
               a.shape.value_width,
               [&](Vec<A> v) FOVEA_LAMBDA { return mul_add(v, factor, zero); });
  });
}

// All keys, once.
template <class A, class K, class How>
FOVEA_INLINE void pass_over(const AttentionF32& a, const SeenKeys& seen, QueryBlock& q) {
  clear<A>(a.shape, q);
  bool first = true;
  for (size_t key = seen.first(); key < seen.range.end; key = seen.next(key)) {
    KeyBlock block = block_at(q.item->keys, seen.of_block(key));
    if (block.count == 0 || (is_hidden(a, q, block) && How::kPassesHidden)) continue;
    score_block<A, K, How>(a, q, block);
    How::weigh(a, q, block);
    first ? first_factors(q) : merge_factors<A>(q);
    first = false;
    value_block<A, K>(a.shape, q, block);
  }
}

// The rows of a segment, over all keys that its last row sees.
template <class A, class K, class How = Untold<A>>
FOVEA_INLINE void attend_many(const AttentionF32& a, const Segment& s) {
  QueryBlock q = carve(a, s);
  Sight sight;
  q.sight = look<A>(a, s, sight);
  const SeenKeys seen = seen_keys(a, q.segment());
  scale_queries<A>(a, q);
  fetch_rows<A>(a.shape, q);
  do {
    pass_over<A, K, How>(a, seen, q);
  } while (needs_care<A>(a.shape, q) && (q.careful = true));
  How::end(a, q);
  finish<A, How>(a, q);
}

// visit(segment) for all rows of one item, in blocks.
template <class Visit>
FOVEA_INLINE void for_blocks(const AttentionF32& a, const AttentionItem& item, Visit visit) {
  const size_t rows = size_t{item.rows} * a.shape.heads;
  for (size_t first = 0; first < rows; first += kQueryBlock) {
    visit(Segment{&item, first, min_size(kQueryBlock, rows - first)});
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_MANY_KEYS_INL_H_
