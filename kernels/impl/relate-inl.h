// What DeBERTa's attention adds to its scores for the distance of a key from its query: the query
// times a key of that distance, and the key times a query of that distance. A kernel of its own,
// one call for some query rows and some keys.

#ifndef FOVEA_KERNELS_IMPL_RELATE_INL_H_
#define FOVEA_KERNELS_IMPL_RELATE_INL_H_

#include "kernels/impl/load-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

constexpr size_t kRelateRows = 8;  // query rows that share what is loaded of keys

// Rows of one head at positions one after another, and the keys of the call.
struct Related {
  const float* query;  // rows query_stride apart
  size_t query_stride;
  float* scores;  // rows score_stride apart
  size_t score_stride;
  size_t rows, key_width;
  int64_t first;  // distance of the first key from the first row
  const void* keys;
  size_t key_count;
  float factor;  // of what is made of keys
};

// A head's [key_width][2 * reach + 1].
struct ByDistance {
  const float* numbers;
  int64_t reach;
  FOVEA_INLINE size_t stride() const { return static_cast<size_t>(2 * reach + 1); }
  FOVEA_INLINE size_t column(int64_t distance) const {
    const int64_t near = distance < -reach ? -reach : distance > reach ? reach : distance;
    return static_cast<size_t>(near + reach);
  }
};

// How the columns of some rows and of a vector of keys lie: side by side, all the same one, or
// both, which only one row at a time may have.
enum class Columns { kInside, kSame, kMixed };

FOVEA_INLINE Columns columns_of(const ByDistance& t, int64_t least, int64_t most) {
  if (least >= -t.reach && most <= t.reach) return Columns::kInside;
  return most <= -t.reach || least >= t.reach ? Columns::kSame : Columns::kMixed;
}

// What row `i` meets in a vector of keys, of which the first is at distance `first` from row 0, in
// one line of the table.
template <class A, Columns kColumns>
FOVEA_INLINE Vec<A> numbers_at(const ByDistance& t, const float* line, int64_t first, size_t i) {
  const int64_t distance = first - static_cast<int64_t>(i);
  if constexpr (kColumns == Columns::kInside) return load<A>(line + (distance + t.reach));
  if constexpr (kColumns == Columns::kSame) return broadcast<A>(line[t.column(distance)]);
  float lanes[kWidth<A>];
  for (size_t j = 0; j < kWidth<A>; ++j)
    lanes[j] = line[t.column(distance + static_cast<int64_t>(j))];
  return load<A>(lanes);
}

// Query rows times position keys: the sum of query times key goes on.
struct ToPosition {
  template <class A, size_t kRows, Columns kColumns>
  static void add(const Related& r, const ByDistance& t, size_t row, size_t key) {
    const int64_t first = r.first + static_cast<int64_t>(key) - static_cast<int64_t>(row);
    const float* query = r.query + row * r.query_stride;
    float* scores = r.scores + row * r.score_stride + key;
    Vec<A> sums[kRows];
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sums[i] = load<A>(scores + i * r.score_stride);
    const float* line = t.numbers;
    for (size_t d = 0; d < r.key_width; ++d, line += t.stride()) {
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        const Vec<A> factor = broadcast<A>(query[i * r.query_stride + d]);
        sums[i] = mul_add(factor, numbers_at<A, kColumns>(t, line, first, i), sums[i]);
      }
    }
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) store(scores + i * r.score_stride, sums[i]);
  }
};

// Keys times position queries: a sum of its own, which is scaled.
template <class K>
struct ToContent {
  template <class A, size_t kRows, Columns kColumns>
  static void add(const Related& r, const ByDistance& t, size_t row, size_t key) {
    const int64_t first = r.first + static_cast<int64_t>(key) - static_cast<int64_t>(row);
    const size_t panel = kLanes * slot_elements<K>(r.key_width);
    const K* block = static_cast<const K*>(r.keys) + key / kLanes * panel;
    const K* keys = block + key % kLanes;
    float* scores = r.scores + row * r.score_stride + key;
    Vec<A> sums[kRows];
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sums[i] = broadcast<A>(0.0f);
    const float* line = t.numbers;
    for (size_t d = 0; d < r.key_width; ++d, line += t.stride(), keys += kLanes) {
      const Vec<A> factors = load<A>(keys);
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        sums[i] = mul_add(factors, numbers_at<A, kColumns>(t, line, first, i), sums[i]);
      }
    }
    const Vec<A> factor = broadcast<A>(r.factor);
    if constexpr (kHasUnits<K>) {
      const Vec<A> unit = load<A>(units_of(block, r.key_width) + key % kLanes);
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) sums[i] = sums[i] * unit;
    }
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      float* to = scores + i * r.score_stride;
      store(to, mul_add(sums[i], factor, load<A>(to)));
    }
  }
};

// kRows rows from `row` on and a vector of keys from `key` on.
template <class A, class To, size_t kRows>
FOVEA_INLINE void add_tile(const Related& r, const ByDistance& t, size_t row, size_t key) {
  const int64_t most =
      r.first + static_cast<int64_t>(key + kWidth<A> - 1) - static_cast<int64_t>(row);
  const int64_t least = most - static_cast<int64_t>(kWidth<A> - 1 + kRows - 1);
  const Columns columns = columns_of(t, least, most);
  if (columns == Columns::kInside) {
    To::template add<A, kRows, Columns::kInside>(r, t, row, key);
  } else if (columns == Columns::kSame) {
    To::template add<A, kRows, Columns::kSame>(r, t, row, key);
  } else if constexpr (kRows == 1) {
    To::template add<A, 1, Columns::kMixed>(r, t, row, key);
  } else {
    for (size_t i = row; i < row + kRows; ++i) add_tile<A, To, 1>(r, t, i, key);
  }
}

// All rows meet a few keys before the next ones are loaded.
template <class A, class To>
void add_all(const Related& r, const ByDistance& t) {
  for (size_t key = 0; key < r.key_count; key += kWidth<A>) {
    size_t row = 0;
    for (; row + kRelateRows <= r.rows; row += kRelateRows)
      add_tile<A, To, kRelateRows>(r, t, row, key);
    for (; row < r.rows; ++row) add_tile<A, To, 1>(r, t, row, key);
  }
}

template <class A, class K>
FOVEA_INLINE void relate_keys(const RelateF32& a) {
  const AttentionF32& of = *a.of;
  const Scoring& s = *of.scoring;
  const size_t heads = of.shape.heads;
  Related r = {};
  r.key_width = of.shape.key_width;
  r.query_stride = heads * r.key_width;
  r.score_stride = heads * a.score_stride;
  r.keys = a.keys;
  r.key_count = a.key_count;
  r.factor = of.scale * kLog2E;
  for (size_t i = 0; i < min_size(heads, a.count); ++i) {
    const size_t at = a.first + i, head = a.item->first_head + at % heads;
    r.query = a.query + i * r.key_width;
    r.scores = a.scores + i * a.score_stride;
    r.rows = divide_up(a.count - i, heads);
    r.first = int64_t{a.key} - static_cast<int64_t>(a.item->first_position + at / heads);
    ByDistance t = {nullptr, int64_t{s.position_reach}};
    const size_t before = head * r.key_width * t.stride();
    if (s.position_keys != nullptr) {
      t.numbers = s.position_keys + before;
      add_all<A, ToPosition>(r, t);
    }
    if (s.position_queries != nullptr) {
      t.numbers = s.position_queries + before;
      add_all<A, ToContent<K>>(r, t);
    }
  }
}

#define FOVEA_CACHE(name, K, type)         \
  template <class A>                       \
  void relate_##name(const RelateF32& a) { \
    relate_keys<A, K>(a);                  \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_RELATE_INL_H_
