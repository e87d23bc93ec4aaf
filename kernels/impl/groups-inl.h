// The register tile of codes in groups: the exact sums of each group of 32 columns, which become
// floats, times the group's number, and are added up in the order of the groups. Where groups have
// a minimum the sum of the row's codes follows, times that.
//
// Dot<A, W> of such codes W:
//   Sum, Terms, Factor     sums of a vector's outputs; four codes of each; of one row's
//   zero(start)            of a group of which the sums begin with `start`
//   terms(p, upper)        from memory, of the lower or the upper halves of bytes
//   add(sum, factor, terms)
//   floats(sum, start)     the whole sum; zero() or floats() has taken `start` into account
//   kTileRows, kTilePanels, kSums, kVecs, kFetchRows   as those of whole bytes (codes-inl.h)
// Those of pairs also: zero_pair(start0, start1), pair_terms(p), of both halves of bytes, and the
// other operations on pairs that are there.

#ifndef FOVEA_KERNELS_IMPL_GROUPS_INL_H_
#define FOVEA_KERNELS_IMPL_GROUPS_INL_H_

#include "kernels/impl/load-inl.h"
#include "kernels/impl/tile-inl.h"
#include "kernels/impl/wide-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE float float_of(uint32_t word) {
  float number;
  __builtin_memcpy(&number, &word, sizeof number);
  return number;
}

template <size_t kRows, size_t kPanels>
struct GroupPointers {
  const uint32_t* x[kRows];  // words of rows, then their units, then what sums begin with
  const uint8_t* w[kPanels];
  const uint8_t* wide;  // a group's words, where they were widened before
  size_t words;         // of a row
  size_t first;         // output of each panel
};

// Products of words of eight codes, which lie at `at`, with two words of the rows.
template <class A, class W, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void add_halves(const GroupPointers<kRows, kPanels>& p, size_t at, size_t word,
                             typename Dot<A, W>::Sum (&sums)[kRows][kPanels][kVecs]) {
  using D = Dot<A, W>;
  FOVEA_UNROLL
  for (size_t upper = 0; upper < 2; ++upper) {
    typename D::Terms terms[kPanels][kVecs];
    FOVEA_UNROLL
    for (size_t n = 0; n < kPanels * kVecs; ++n) {
      if constexpr (kIsWide<W>) {
        terms[n / kVecs][n % kVecs] =
            D::wide_terms(p.wide + at + 2 * n * kWidth<A> * 4, upper != 0);
      } else {
        const uint8_t* bytes = p.w[n / kVecs] + at + n % kVecs * kWidth<A> * 4;
        terms[n / kVecs][n % kVecs] = D::terms(bytes, upper != 0);
      }
    }
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const typename D::Factor factor = D::factor(p.x[r][word + upper]);
      FOVEA_UNROLL
      for (size_t n = 0; n < kPanels * kVecs; ++n) {
        D::add(sums[r][n / kVecs][n % kVecs], factor, terms[n / kVecs][n % kVecs]);
      }
    }
  }
}

// Of a panel and group, those of its first output.
template <class W>
FOVEA_INLINE const F16* group_numbers(const uint8_t* panel, size_t g) {
  return reinterpret_cast<const F16*>(panel + half_unit_at(g * kGroup, W::kNumbers));
}

// Of a vector of outputs of a group.
template <class A, class W, bool = W::kNumbers == 2>
struct NumbersOf {
  Vec<A> unit;
  FOVEA_INLINE explicit NumbersOf(const F16* numbers) : unit(load<A>(numbers)) {}
};
template <class A, class W>
struct NumbersOf<A, W, true> {
  Vec<A> unit, minimum;  // a -8th of it
  FOVEA_INLINE explicit NumbersOf(const F16* numbers)
      : unit(load<A>(numbers)), minimum(load<A>(numbers + kPanel) * broadcast<A>(-0.125f)) {}
};

// What the sums of a group begin with, of what the row has for codes 8 too large.
template <class W>
FOVEA_INLINE uint32_t group_start(uint32_t start) {
  return W::kNumbers == 1 ? start : 0;
}

// y = fma(sum, the group's number, y), then fma(sum of the row's codes, its minimum, y): that of -8
// times the sum and a -8th of the minimum, which is as exact. `start`: -8 times the sum.
template <class A, class W>
FOVEA_INLINE Vec<A> add_floats(Vec<A> sum, uint32_t start, const NumbersOf<A, W>& numbers,
                               Vec<A> y) {
  y = mul_add(sum, numbers.unit, y);
  if constexpr (W::kNumbers == 2) {
    using D = Dot<A, W>;
    y = mul_add(D::floats(D::zero(start), start), numbers.minimum, y);
  }
  return y;
}

// Bytes of a panel that one row fetches ahead: from memory 72 % of the bandwidth instead of 53.
constexpr size_t kFetchAhead = 2048;

// Sums of floats in registers, or where these do not hold sums of two kinds in memory. Compilers
// must not know which, or they copy all of it to and fro.
template <class A, bool kHolds, size_t kCount>
struct FloatSums {
  Vec<A> vectors[kCount];
  FOVEA_INLINE FloatSums() {
    FOVEA_UNROLL
    for (size_t n = 0; n < kCount; ++n) vectors[n] = broadcast<A>(0.0f);
  }
  FOVEA_INLINE Vec<A> get(size_t n) const { return vectors[n]; }
  FOVEA_INLINE void set(size_t n, Vec<A> v) { vectors[n] = v; }
};

template <class A, size_t kCount>
struct FloatSums<A, false, kCount> {
  alignas(64) float floats[kCount * kWidth<A>];
  float* start = floats;
  FOVEA_INLINE FloatSums() {
    __asm__("" : "+r"(start) : : "memory");
    FOVEA_UNROLL
    for (size_t n = 0; n < kCount; ++n) set(n, broadcast<A>(0.0f));
  }
  FOVEA_INLINE Vec<A> get(size_t n) const { return load<A>(start + n * kWidth<A>); }
  FOVEA_INLINE void set(size_t n, Vec<A> v) { store(start + n * kWidth<A>, v); }
};

// To y group g's sums.
template <class A, class W, size_t kRows, size_t kPanels, class Sums>
FOVEA_INLINE void add_group(const GroupPointers<kRows, kPanels>& p, size_t g, size_t pairs,
                            Sums& y) {
  using D = Dot<A, W>;
  constexpr size_t kVecs = D::kVecs;
  const size_t words = half_word_at(g * kGroup, W::kNumbers) + p.first * 4;
  typename D::Sum sums[kRows][kPanels][kVecs];
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kPanels * kVecs; ++n) {
    const uint32_t start = group_start<W>(p.x[n / kVecs / kPanels][p.words + 1 + g]);
    sums[n / kVecs / kPanels][n / kVecs % kPanels][n % kVecs] = D::zero(start);
  }
  // Fetches of the processor end with a page, and so much code a line looks only a few lines ahead.
  constexpr bool kOneRow = kRows == 1 && Tuning<A>::kFetchRows != 0;
  for (size_t j = 0; j < pairs; ++j) {
    if constexpr (kOneRow) {
      FOVEA_UNROLL
      for (size_t n = 0; n < kPanels; ++n) {
        __builtin_prefetch(p.w[n] + words + kFetchAhead + j * (kPanel * 4), 0, 3);
      }
    }
    const size_t at = kIsWide<W> ? j * (kWidePanels * kWideBytes) : words + j * (kPanel * 4);
    add_halves<A, W>(p, at, g * (kGroup / 4) + 2 * j, sums);
  }
  FOVEA_UNROLL
  for (size_t n = 0; n < kPanels * kVecs; ++n) {
    const size_t panel = n / kVecs, vector = n % kVecs;
    const NumbersOf<A, W> numbers(group_numbers<W>(p.w[panel], g) + p.first + vector * kWidth<A>);
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const uint32_t start = p.x[r][p.words + 1 + g];
      const Vec<A> sum = D::floats(sums[r][panel][vector], group_start<W>(start));
      const size_t at = r * kPanels * kVecs + n;
      y.set(at, add_floats<A, W>(sum, start, numbers, y.get(at)));
    }
  }
}

// The same of rows in pairs. The last of an odd number is a pair of its own.
template <class A, class W, size_t kRows, class Sums>
FOVEA_INLINE void add_group_of_pairs(const GroupPointers<kRows, 1>& p, size_t g, size_t lines,
                                     Sums& y) {
  using D = Dot<A, W>;
  constexpr size_t kVecs = D::kVecs, kPairs = divide_up(kRows, 2), kVectorBytes = kWidth<A> * 4;
  const uint8_t* bytes = p.w[0] + half_word_at(g * kGroup, W::kNumbers) + p.first * 4;
  const uint32_t* rows[2 * kPairs];
  FOVEA_UNROLL
  for (size_t r = 0; r < 2 * kPairs; ++r) rows[r] = p.x[min_size(r, kRows - 1)];
  typename D::PairSum sums[kPairs][kVecs];
  FOVEA_UNROLL
  for (size_t n = 0; n < kPairs * kVecs; ++n) {
    const size_t q = n / kVecs, start = p.words + 1 + g;
    sums[q][n % kVecs] =
        D::zero_pair(group_start<W>(rows[2 * q][start]), group_start<W>(rows[2 * q + 1][start]));
  }
  for (size_t j = 0; j < lines; ++j) {
    const size_t word = g * (kGroup / 4) + 2 * j;
    typename D::Terms factors[kPairs];
    FOVEA_UNROLL
    for (size_t q = 0; q < kPairs; ++q) {
      factors[q] = D::pair_factor(rows[2 * q] + word, rows[2 * q + 1] + word);
    }
    FOVEA_UNROLL
    for (size_t v = 0; v < kVecs; ++v) {
      const typename D::PairTerms terms =
          D::pair_terms(bytes + j * (kPanel * 4) + v * kVectorBytes);
      FOVEA_UNROLL
      for (size_t q = 0; q < kPairs; ++q) D::add_pair(sums[q][v], factors[q], terms);
    }
  }
  FOVEA_UNROLL
  for (size_t v = 0; v < kVecs; ++v) {
    const NumbersOf<A, W> numbers(group_numbers<W>(p.w[0], g) + p.first + v * kWidth<A>);
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const Vec<A> sum = D::floats_of_row(sums[r / 2][v], r % 2);
      const uint32_t start = rows[r][p.words + 1 + g];
      const size_t at = r * kVecs + v;
      y.set(at, add_floats<A, W>(sum, start, numbers, y.get(at)));
    }
  }
}

// All groups. Lines of the next panels are fetched meanwhile, as many as are read.
template <class A, class W, bool kFetches, size_t kRows, size_t kPanels, class Sums>
FOVEA_INLINE void accumulate_groups(const TileOf<W>& t, const GroupPointers<kRows, kPanels>& p,
                                    Sums& y) {
  const size_t groups = groups_of(size_t{t.k}), halves = half_words(size_t{t.k});
  const W* ahead = t.ahead;
  for (size_t g = 0; g < groups; ++g) {
    const size_t pairs = min_size(halves - g * (kGroup / 8), kGroup / 8);
    if constexpr (kHasPairs<W> && kRows > 1) {
      add_group_of_pairs<A, W>(p, g, pairs, y);
    } else {
      add_group<A, W>(p, g, pairs, y);
    }
    if constexpr (kFetches) {
      for (size_t j = 0; j < pairs; ++j) {
        FOVEA_UNROLL
        for (size_t n = 0; n < kPanels; ++n) __builtin_prefetch(ahead + n * (kPanel * 4), 0, 2);
        ahead += t.ahead_step;
      }
    }
  }
}

// The groups that were widened, to the sums of those before.
template <class A, class W, size_t kRows, class Sums>
FOVEA_INLINE void accumulate_wide_groups(const TileOf<W>& t, GroupPointers<kRows, 1>& p, Sums& y) {
  constexpr size_t kVecs = Dot<A, W>::kVecs, kLines = kGroup / 8;
  WideBuffer<W>& buffer = *t.wide.buffer;
  const auto kept = [&](size_t n) FOVEA_LAMBDA {
    return buffer.sums[t.wide.row + n / kVecs] + t.wide.panel * kLanes + n % kVecs * kWidth<A>;
  };
  if (buffer.from != 0) {
    FOVEA_UNROLL
    for (size_t n = 0; n < kRows * kVecs; ++n) y.set(n, load<A>(kept(n)));
  }
  for (size_t i = 0; i < buffer.words; i += kLines) {
    p.wide = buffer.codes[i] + t.wide.panel * kWideBytes;
    add_group<A, W>(p, (buffer.from + i) / kLines, min_size(buffer.words - i, kLines), y);
  }
  if (t.wide.ends) return;
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kVecs; ++n) store(kept(n), y.get(n));
}

// y = fma(y, x's number, bias), for vectors `first` to first + kVecs of each panel.
template <class A, class W, bool kFetches, size_t kRows, size_t kPanels>
FOVEA_INLINE void group_vectors(const TileOf<W>& t, size_t first) {
  constexpr size_t kVecs = Dot<A, W>::kVecs, kCount = kRows * kPanels * kVecs;
  GroupPointers<kRows, kPanels> p;
  FloatSums<A, 2 * kCount + 6 <= Tuning<A>::kRegisters, kCount> sums;
  p.words = code_words(t.k);
  p.first = first * kWidth<A>;
  Vec<A> y[kRows][kPanels][kVecs];
  FOVEA_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    p.x[r] = reinterpret_cast<const uint32_t*>(t.x) + r * t.x_stride;
  }
  FOVEA_UNROLL
  for (size_t n = 0; n < kPanels; ++n) {
    p.w[n] = reinterpret_cast<const uint8_t*>(t.w) + n * t.w_stride;
  }
  if constexpr (kIsWide<W>) {
    accumulate_wide_groups<A>(t, p, sums);
    if (!t.wide.ends) return;
  } else {
    accumulate_groups<A, W, kFetches>(t, p, sums);
  }
  FOVEA_UNROLL
  for (size_t n = 0; n < kPanels * kVecs; ++n) {
    const size_t panel = n / kVecs, vector = n % kVecs;
    const Vec<A> bias = t.bias != nullptr ? load<A>(t.bias + panel * kLanes + vector * kWidth<A>)
                                          : broadcast<A>(0.0f);
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      y[r][panel][vector] =
          mul_add(sums.get(r * kPanels * kVecs + n), broadcast<A>(float_of(p.x[r][p.words])), bias);
    }
  }
  finish_tile<A>(t, y);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_GROUPS_INL_H_
