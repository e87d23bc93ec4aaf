// Attention over the keys of one block: scores, weights and values once each, and no running result
// to merge into. Rows of several heads and sequences go through every step together, so that what
// a step costs at its start and the latency of its sums are shared.

#ifndef FOVEA_KERNELS_IMPL_FEW_KEYS_INL_H_
#define FOVEA_KERNELS_IMPL_FEW_KEYS_INL_H_

#include "kernels/impl/apart-inl.h"
#include "kernels/impl/parts-inl.h"
#include "kernels/impl/queries-inl.h"
#include "kernels/impl/sink-inl.h"
#include "kernels/impl/weigh-inl.h"
#include "kernels/impl/weighted-inl.h"
#include "kernels/impl/weightless-inl.h"
#include "kernels/scratch.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The rows of some segments, one after another: kQueryBlock at most.
struct FewKeys {
  const Segment* segments;  // [count]
  size_t count, rows;
  size_t keys[kQueryBlock];   // before which each segment sees some
  size_t begin[kQueryBlock];  // the first of these
  float* query;               // [rows][key_width], multiplied by scale * log2(e)
  float* scores;              // [rows][stride], then their exponentials
  size_t stride;              // keys in whole panels
  float* y[kQueryBlock];      // [rows][value_width]
  size_t seen[kQueryBlock];   // keys that each row sees, of the
  size_t limit[kQueryBlock];  // keys that its segment sees
  float max[kQueryBlock];     // the largest score of each row
  float factor[kQueryBlock];  // the sum of the exponentials of each row, then 1 / it
};

// A row's last vector may reach into the next row, which comes later, or past the last row.
template <class A>
FOVEA_INLINE void scale_query(const float* x, float* y, size_t width, Vec<A> scale) {
  size_t d = 0;
  for (; d + kWidth<A> <= width; d += kWidth<A>) store(y + d, load<A>(x + d) * scale);
  if (d < width) store(y + d, load_first<A>(x + d, width - d) * scale);
}

// visit(segment, its first row in the block).
template <class Visit>
FOVEA_INLINE void for_segments(const FewKeys& f, Visit visit) {
  for (size_t n = 0, at = 0; n < f.count; at += f.segments[n].count, ++n) visit(n, at);
}

// How many segments from `n` on are single rows that see as many keys, kApart at most.
FOVEA_INLINE size_t lone_rows(const FewKeys& f, size_t n) {
  size_t i = n;
  while (i < f.count && i < n + kApart && f.segments[i].count == 1 && f.keys[i] == f.keys[n] &&
         f.begin[i] == f.begin[n]) {
    ++i;
  }
  return i - n;
}

template <size_t n>
struct Lone {
  static constexpr size_t kRows = n;
};

// visit(segment, its first row in the block, Lone<n>()): n segments of one row each together, or
// one segment of any rows where n is 1.
template <class Visit>
FOVEA_INLINE void for_tiles(const FewKeys& f, Visit visit) {
  for (size_t n = 0, at = 0; n < f.count;) {
    const size_t lone = lone_rows(f, n);
    if (lone == kApart) {
      visit(n, at, Lone<kApart>());
      n += kApart, at += kApart;
    } else if (lone >= 2) {
      visit(n, at, Lone<2>());
      n += 2, at += 2;
    } else {
      visit(n, at, Lone<1>());
      at += f.segments[n++].count;
    }
  }
}

// Cuts the segments, finds room in the scratch memory and scales the queries.
template <class A>
FOVEA_INLINE void begin_few(const AttentionF32& a, FewKeys& f) {
  const AttentionShape& shape = a.shape;
  size_t most_keys = 0;
  f.rows = 0;
  for (size_t n = 0; n < f.count; ++n) {
    const Segment& s = f.segments[n];
    const KeyRange seen = seen_keys(a, s).of_block(0);
    f.keys[n] = seen.end;
    f.begin[n] = min_size(seen.begin, seen.end);
    most_keys = max_size(most_keys, f.keys[n]);
    f.rows += s.count;
  }
  const AttentionSizes sizes(f.rows, most_keys, shape.key_width, shape.value_width);
  f.scores = a.scratch;
  f.query = a.scratch + sizes.scores;  // with room behind, for there are no running results
  f.stride = sizes.score_stride;
  const Vec<A> scale = broadcast<A>(a.scale * kLog2E);
  for_segments(f, [&](size_t n, size_t at) FOVEA_LAMBDA {
    const AttentionItem& item = *f.segments[n].item;
    for_rows(shape, f.segments[n], [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
      scale_query<A>(item.query + row * shape.query_stride + head * shape.key_width,
                     f.query + (at + i) * shape.key_width, shape.key_width, scale);
      f.y[at + i] = item.y + row * shape.y_stride + head * shape.value_width;
      f.seen[at + i] = key_limit(a.visibility, item.first_position + row, f.keys[n]);
      f.limit[at + i] = f.keys[n];
    });
  });
}

// Scores of all rows of a segment.
template <class A>
FOVEA_INLINE void score_segment(const AttentionShape& a, const FewKeys& f, size_t n, size_t at) {
  const size_t count = f.segments[n].count, panels = divide_up(f.keys[n], kLanes);
  const size_t most_panels = tile_panels<A>(largest_piece(count, Tuning<A>::kScoreRows));
  Tile t = {};
  t.x_stride = t.k = a.key_width;
  t.w = static_cast<const float*>(f.segments[n].item->keys.runs[0].keys);
  t.w_stride = size_t{a.key_width} * kLanes;
  t.y_stride = f.stride;
  t.last = kLanes;
  Pieces panel_pieces(panels, most_panels);
  const Pieces row_pieces(count, Tuning<A>::kScoreRows);
  for (size_t panel = 0, taken; panel < panels; panel += taken) {
    taken = panel_pieces.take();
    Pieces pieces = row_pieces;
    for (size_t row = 0, rows; row < count; row += rows) {
      rows = pieces.take();
      t.x = f.query + (at + row) * a.key_width;
      t.y = f.scores + (at + row) * f.stride + panel * kLanes;
      run_tile<A, no_fetch<A>, Tuning<A>::kScoreRows>(rows, taken, t);
    }
    t.w += taken * t.w_stride;
  }
}

template <class A, size_t kRows>
FOVEA_INLINE void score_lone(const AttentionShape& a, const FewKeys& f, size_t n, size_t at) {
  Apart t;
  for (size_t i = 0; i < kRows; ++i) {
    t.x[i] = f.query + (at + i) * a.key_width;
    t.w[i] = static_cast<const float*>(f.segments[n + i].item->keys.runs[0].keys);
    t.y[i] = f.scores + (at + i) * f.stride;
  }
  t.w_stride = size_t{a.key_width} * kLanes;
  t.w_step = kLanes;
  t.k = a.key_width;
  scores_apart<A, kRows>(t, divide_up(f.keys[n], kLanes));
}

// Whether `count` rows from `i` on have as many keys.
FOVEA_INLINE bool alike(const FewKeys& f, size_t i, size_t count) {
  if (i + count > f.rows) return false;
  size_t n = 1;
  while (n < count && f.limit[i + n] == f.limit[i]) ++n;
  return n == count;
}

// for_together of rows that may have different numbers of keys.
template <class Visit>
FOVEA_INLINE void for_alike(const FewKeys& f, Visit visit) {
  constexpr size_t kTogether = 4;
  for (size_t i = 0; i < f.rows;) {
    const Scores s = {f.scores + i * f.stride, f.stride, f.seen + i, f.limit[i]};
    const bool together = alike(f, i, kTogether);
    together ? visit(s, i, Together<kTogether>()) : visit(s, i, Together<1>());
    i += together ? kTogether : 1;
  }
}

// Scores of all rows to exponentials.
template <class A>
FOVEA_INLINE void weigh_rows(FewKeys& f) {
  for_alike(f, [&](const Scores& s, size_t i, auto rows)
                   FOVEA_LAMBDA { largest_scores<A, rows.kRows>(s, f.max + i); });
  for_alike(f, [&](const Scores& s, size_t i, auto rows)
                   FOVEA_LAMBDA { weigh<A, rows.kRows>(s, f.max + i, f.factor + i); });
}

FOVEA_INLINE void adjust_few(const AttentionF32& a, FewKeys& f) {
  for_segments(f, [&](size_t n, size_t at) FOVEA_LAMBDA {
    const Segment& s = f.segments[n];
    float* scores = f.scores + at * f.stride;
    if (a.scoring->relate != nullptr) {
      relate(a, s, f.query + at * a.shape.key_width, s.item->keys.runs[0].keys, {0, f.keys[n]},
             scores, f.stride);
    }
    const KeyRange keys = {0, f.keys[n]};
    Masking masking = look_at_mask(a, s, keys);
    adjust(a, s, keys, &masking, scores, f.stride);
  });
}

// The factors of all rows.
template <class A>
FOVEA_INLINE void find_factors(const AttentionF32& a, FewKeys& f) {
  if (a.scoring == nullptr) {
    for (size_t i = 0; i < f.rows; ++i) {
      f.factor[i] = f.factor[i] == 0.0f ? 0.0f : 1.0f / f.factor[i];
    }
    return;
  }
  for_segments(f, [&](size_t n, size_t at) FOVEA_LAMBDA {
    const Segment& s = f.segments[n];
    for_rows(a.shape, s, [&](size_t i, size_t, size_t head) FOVEA_LAMBDA {
      float& factor = f.factor[at + i];
      factor = weight_factor<A>(a, *s.item, head, f.max[at + i], factor);
    });
  });
}

// Weights times values of all rows of a segment.
template <class A>
FOVEA_INLINE void value_segment(const AttentionShape& a, const FewKeys& f, size_t n, size_t at) {
  const size_t count = f.segments[n].count;
  Pieces pieces(count, Tuning<A>::kValueRows);
  WeightedTile t;
  t.x_stride = f.stride;
  t.w_stride = 0;
  t.value_stride = a.value_stride;
  t.k = f.keys[n] - f.begin[n];
  for (size_t row = 0, rows; row < count; row += rows) {
    rows = pieces.take();
    t.x = f.scores + (at + row) * f.stride + f.begin[n];
    t.w = static_cast<const float*>(f.segments[n].item->keys.runs[0].values) +
          f.begin[n] * a.value_stride;
    t.y = f.y + at + row;
    t.factor = f.factor + at + row;
    run_weighted_tile<A>(rows, t, a.value_width);
  }
}

template <class A, size_t kRows>
FOVEA_INLINE void value_lone(const AttentionShape& a, const FewKeys& f, size_t n, size_t at) {
  Apart t;
  for (size_t i = 0; i < kRows; ++i) {
    t.x[i] = f.scores + (at + i) * f.stride + f.begin[n];
    t.w[i] = static_cast<const float*>(f.segments[n + i].item->keys.runs[0].values) +
             f.begin[n] * a.value_stride;
    t.y[i] = f.y[at + i];
  }
  t.w_stride = kWidth<A>;
  t.w_step = a.value_stride;
  t.k = f.keys[n] - f.begin[n];
  value_columns_apart<A, kRows>(t, f.factor + at, a.value_width);
}

// Whether some values were no numbers. Tiles show those of all keys in every row of a segment.
template <class A>
FOVEA_INLINE bool needs_care(const AttentionShape& a, const FewKeys& f) {
  Vec<A> sum = broadcast<A>(0.0f);
  for_segments(f, [&](size_t, size_t at)
                      FOVEA_LAMBDA { sum = add_nothing<A>(sum, f.y[at], a.value_width); });
  return has_nan<A>(sum);
}

// Weights times values once more, without keys that weigh nothing.
template <class A>
__attribute__((noinline)) void value_carefully(const AttentionShape& a, const FewKeys& f) {
  for_segments(f, [&](size_t n, size_t at) FOVEA_LAMBDA {
    const auto* values = static_cast<const float*>(f.segments[n].item->keys.runs[0].values);
    for (size_t i = at; i < at + f.segments[n].count; ++i) {
      for (size_t column = 0; column < a.value_width; column += kWidth<A>) {
        const size_t left = a.value_width - column;
        const Vec<A> sum = add_weighing<A>(broadcast<A>(0.0f), f.scores + i * f.stride, f.keys[n],
                                           values, a.value_stride, column, left);
        const Vec<A> v = mul_add(sum, broadcast<A>(f.factor[i]), broadcast<A>(0.0f));
        left < kWidth<A> ? store_first(f.y[i] + column, v, left) : store(f.y[i] + column, v);
      }
    }
  });
}

// All rows of `count` segments, kQueryBlock at most, each of which sees kKeyBlock keys at most.
template <class A>
void attend_few(const AttentionF32& a, const Segment* segments, size_t count) {
  FewKeys f;
  f.segments = segments;
  f.count = count;
  begin_few<A>(a, f);
  for_tiles(f, [&](size_t n, size_t at, auto lone) FOVEA_LAMBDA {
    if constexpr (lone.kRows == 1) {
      score_segment<A>(a.shape, f, n, at);
    } else {
      score_lone<A, lone.kRows>(a.shape, f, n, at);
    }
  });
  if (a.scoring != nullptr) adjust_few(a, f);
  weigh_rows<A>(f);
  find_factors<A>(a, f);
  for_tiles(f, [&](size_t n, size_t at, auto lone) FOVEA_LAMBDA {
    if constexpr (lone.kRows == 1) {
      value_segment<A>(a.shape, f, n, at);
    } else {
      value_lone<A, lone.kRows>(a.shape, f, n, at);
    }
  });
  if (needs_care<A>(a.shape, f)) value_carefully<A>(a.shape, f);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_FEW_KEYS_INL_H_
