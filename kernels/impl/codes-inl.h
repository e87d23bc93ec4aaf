// The register tile of codes: a few rows of codes times a few panels of them, every sum exact.
// Those in groups have tiles of their own (groups-inl.h).
//
// Dot<A, W> of dot_*-inl.h are the instructions of a row for codes W:
//   Sum, Terms, Factor         sums of a vector's outputs; four codes of each; of one row's
//   zero, start                no sum; the sums that a panel begins with
//   terms(p), factor(word)     from memory
//   add(sum, factor, terms)    four products of each output
//   join, floats               two parts of a sum; a whole one
//   kTileRows, kTilePanels     the largest tile
//   kSums                      vectors of sums that it may hold, of panels in kVecs vectors at once
//   kLatency                   so many sums hide the latency of add(): small tiles take each in
//                              parts
//   kFetchRows                 as in Tuning
// Codes whose products are of pairs (kHasPairs) take one row so, and several rows two at a time:
//   PairSum                    sums of two rows and a vector's outputs
//   start_pair(p)              what the panel says that they begin with
//   pair_terms(p, step)        two words of each output, `step` apart
//   pair_factor(x0, x1)        two words of either row
//   last_pair_terms, last_pair_factor   one word, then zeros
//   add_pair(sum, factor, terms)        eight products of each
//   floats_of_row(sum, row)    the whole sums of one row

#ifndef FOVEA_KERNELS_IMPL_CODES_INL_H_
#define FOVEA_KERNELS_IMPL_CODES_INL_H_

#include "kernels/impl/groups-inl.h"
#include "kernels/impl/tile-inl.h"
#include "kernels/impl/wide-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class W>
constexpr bool kIsCodes = sizeof(W) == 1;

constexpr size_t kWordBytes = kLanes * 4;  // of a panel's words side by side

template <class A, class W>
FOVEA_INLINE constexpr size_t code_panels(size_t rows) {
  const size_t fit = Dot<A, W>::kSums / (rows * Dot<A, W>::kVecs);
  return fit < 1 ? 1 : min_size(fit, Dot<A, W>::kTilePanels);
}

// Sums are exact, so that their parts may be of any words: 1, 2 or 4 parts.
template <class A, class W>
FOVEA_INLINE constexpr size_t code_parts(size_t rows, size_t panels) {
  size_t parts = 1;
  while (parts < 4 && rows * panels * Dot<A, W>::kVecs * parts * 2 <= Dot<A, W>::kLatency) {
    parts *= 2;
  }
  return parts;
}

// A tile's pointers: words of rows, bytes of panels.
template <size_t kRows, size_t kPanels>
struct CodePointers {
  const uint32_t* x[kRows];
  const int8_t* w[kPanels];
};

// Products of the words kStep times i to kStep * i + kStep - 1, each to a part of the sums of its
// own.
template <class A, class W, size_t kParts, size_t kStep, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void add_words(const CodePointers<kRows, kPanels>& p, size_t i,
                            typename Dot<A, W>::Sum (&sums)[kParts][kRows][kPanels][kVecs]) {
  using D = Dot<A, W>;
  FOVEA_UNROLL
  for (size_t u = 0; u < kStep; ++u) {
    // Of one row each term is used once: at once, where registers are few.
    if constexpr (kWidth<A> == 1 && kRows == 1) {
      const typename D::Factor factor = D::factor(p.x[0][i + u]);
      FOVEA_UNROLL
      for (size_t n = 0; n < kPanels * kVecs; ++n) {
        const int8_t* w = p.w[n / kVecs] + (i + u) * kWordBytes + n % kVecs * 4;
        D::add(sums[u][0][n / kVecs][n % kVecs], factor, D::terms(w));
      }
      continue;
    }
    typename D::Terms terms[kPanels][kVecs];
    FOVEA_UNROLL
    for (size_t n = 0; n < kPanels * kVecs; ++n) {
      const size_t vector = n % kVecs * kWidth<A> * 4;
      terms[n / kVecs][n % kVecs] = D::terms(p.w[n / kVecs] + (i + u) * kWordBytes + vector);
    }
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const typename D::Factor factor = D::factor(p.x[r][i + u]);
      FOVEA_UNROLL
      for (size_t n = 0; n < kPanels * kVecs; ++n) {
        D::add(sums[u][r][n / kVecs][n % kVecs], factor, terms[n / kVecs][n % kVecs]);
      }
    }
  }
}

// All words. Lines of the next panels are fetched meanwhile, as many as are read.
template <class A, class W, bool kFetches, size_t kParts, size_t kRows, size_t kPanels,
          size_t kVecs>
FOVEA_INLINE void accumulate_codes(const TileOf<W>& t, const CodePointers<kRows, kPanels>& p,
                                   typename Dot<A, W>::Sum (&sums)[kParts][kRows][kPanels][kVecs]) {
  const size_t words = code_words(t.k);
  const W* ahead = t.ahead;
  const size_t ahead_step = t.ahead_step;
  size_t i = 0;
  for (; i + kParts <= words; i += kParts) {
    add_words<A, W, kParts, kParts>(p, i, sums);
    if constexpr (kFetches) {
      static_assert(kParts == 1 || !kFetches);
      FOVEA_UNROLL
      for (size_t n = 0; n < kPanels; ++n) __builtin_prefetch(ahead + n * kWordBytes, 0, 2);
      ahead += ahead_step;
    }
  }
  for (; kParts > 1 && i < words; ++i) add_words<A, W, kParts, 1>(p, i, sums);
}

// y = fma(sum, x's number * w's number, bias); sum_of(row, panel, vector) are the sums as floats.
template <class A, size_t kVecs, class W, size_t kRows, size_t kPanels, class SumOf>
FOVEA_INLINE void finish_codes(const TileOf<W>& t, const CodePointers<kRows, kPanels>& p,
                               SumOf sum_of) {
  const size_t words = code_words(t.k);
  Vec<A> y[kRows][kPanels][kVecs];
  FOVEA_UNROLL
  for (size_t n = 0; n < kPanels * kVecs; ++n) {
    const size_t panel = n / kVecs, vector = n % kVecs, at = vector * kWidth<A>;
    const float* units = reinterpret_cast<const float*>(p.w[panel] + words * kWordBytes) + at;
    const Vec<A> unit = load<A>(units);
    const Vec<A> bias =
        t.bias != nullptr ? load<A>(t.bias + panel * kLanes + at) : broadcast<A>(0.0f);
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      y[r][panel][vector] =
          mul_add(sum_of(r, panel, vector), broadcast<A>(float_of(p.x[r][words])) * unit, bias);
    }
  }
  finish_tile<A>(t, y);
}

// The sums of vectors whose words of the first panel are at w.
template <class A, class W, bool kFetches, size_t kRows, size_t kPanels>
FOVEA_INLINE void code_vectors(const TileOf<W>& t, const CodePointers<kRows, kPanels>& p,
                               const int8_t* w) {
  using D = Dot<A, W>;
  constexpr size_t kVecs = D::kVecs;
  constexpr size_t kParts = kFetches ? 1 : code_parts<A, W>(kRows, kPanels);
  typename D::Sum sums[kParts][kRows][kPanels][kVecs];
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kPanels * kVecs; ++n) {
    const size_t panel = n / kVecs % kPanels, vector = n % kVecs;
    const int8_t* starts = w + panel * t.w_stride + vector * kWidth<A> * 4;
    sums[0][n / kVecs / kPanels][panel][vector] = D::start(starts);
    FOVEA_UNROLL
    for (size_t u = 1; u < kParts; ++u) sums[u][n / kVecs / kPanels][panel][vector] = D::zero();
  }
  accumulate_codes<A, W, kFetches, kParts>(t, p, sums);
  finish_codes<A, kVecs>(t, p, [&](size_t r, size_t panel, size_t vector) FOVEA_LAMBDA {
    typename D::Sum sum = sums[0][r][panel][vector];
    FOVEA_UNROLL
    for (size_t u = 1; u < kParts; ++u) sum = D::join(sum, sums[u][r][panel][vector]);
    return D::floats(sum);
  });
}

// The same of rows in pairs. The last of an odd number is a pair of its own.
template <class A, class W, size_t kRows>
FOVEA_INLINE void pair_vectors(const TileOf<W>& t, const CodePointers<kRows, 1>& p,
                               const int8_t* w) {
  using D = Dot<A, W>;
  constexpr size_t kVecs = D::kVecs, kPairs = divide_up(kRows, 2), kVectorBytes = kWidth<A> * 4;
  typename D::PairSum sums[kPairs][kVecs];
  FOVEA_UNROLL
  for (size_t n = 0; n < kPairs * kVecs; ++n) {
    sums[n / kVecs][n % kVecs] = D::start_pair(w + n % kVecs * kVectorBytes);
  }
  const auto add = [&](const typename D::Terms(&factors)[kPairs], size_t v,
                       typename D::PairTerms terms) FOVEA_LAMBDA {
    FOVEA_UNROLL
    for (size_t q = 0; q < kPairs; ++q) D::add_pair(sums[q][v], factors[q], terms);
  };
  const size_t words = code_words(t.k);
  typename D::Terms factors[kPairs];
  size_t i = 0;
  for (; i + 2 <= words; i += 2) {
    FOVEA_UNROLL
    for (size_t q = 0; q < kPairs; ++q) {
      factors[q] = D::pair_factor(p.x[2 * q] + i, p.x[min_size(2 * q + 1, kRows - 1)] + i);
    }
    FOVEA_UNROLL
    for (size_t v = 0; v < kVecs; ++v) {
      add(factors, v, D::pair_terms(p.w[0] + i * kWordBytes + v * kVectorBytes, kWordBytes));
    }
  }
  if (i < words) {
    FOVEA_UNROLL
    for (size_t q = 0; q < kPairs; ++q) {
      factors[q] = D::last_pair_factor(p.x[2 * q][i], p.x[min_size(2 * q + 1, kRows - 1)][i]);
    }
    FOVEA_UNROLL
    for (size_t v = 0; v < kVecs; ++v) {
      add(factors, v, D::last_pair_terms(p.w[0] + i * kWordBytes + v * kVectorBytes));
    }
  }
  finish_codes<A, kVecs>(t, p, [&](size_t r, size_t, size_t vector) FOVEA_LAMBDA {
    return D::floats_of_row(sums[r / 2][vector], r % 2);
  });
}

// Vectors `first` to first + kVecs of each panel.
template <class A, class W, bool kFetches, size_t kRows, size_t kPanels>
FOVEA_INLINE void tile_vectors_of(const TileOf<W>& t, size_t first) {
  if constexpr (kIsGroups<W>) {
    group_vectors<A, W, kFetches, kRows, kPanels>(t, first);
  } else {
    CodePointers<kRows, kPanels> p;
    const int8_t* w = reinterpret_cast<const int8_t*>(t.w) + first * kWidth<A> * 4;
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      p.x[r] = reinterpret_cast<const uint32_t*>(t.x) + r * t.x_stride;
    }
    FOVEA_UNROLL
    for (size_t n = 0; n < kPanels; ++n) p.w[n] = w + n * t.w_stride + kWordBytes;
    if constexpr (kIsWide<W>) {
      wide_vectors<A, W, kRows, kPanels>(t, p.x, w, [&](const auto& sums) FOVEA_LAMBDA {
        constexpr size_t kVecs = kVectors<A>;
        finish_codes<A, kVecs>(t, p, [&](size_t r, size_t panel, size_t vector) FOVEA_LAMBDA {
          return Dot<A, W>::floats(sums[r][panel * kVecs + vector]);
        });
      });
    } else if constexpr (kHasPairs<W> && kRows > 1) {
      static_assert(kPanels == 1 && !kFetches, "rows in pairs take one panel");
      pair_vectors<A>(t, p, w);
    } else {
      code_vectors<A, W, kFetches>(t, p, w);
    }
  }
}

// A panel may be too many vectors: then its parts follow each other, as many as have outputs.
template <class A, class W, size_t kRows, size_t kPanels>
void code_tile(const TileOf<W>& whole) {
  constexpr bool kFetches = Dot<A, W>::kFetchRows != 0 && kRows >= Dot<A, W>::kFetchRows;
  constexpr size_t kVecs = Dot<A, W>::kVecs, kPart = kVecs * kWidth<A>;
  if constexpr (kVecs == kVectors<A>) {
    tile_vectors_of<A, W, kFetches, kRows, kPanels>(whole, 0);
  } else {
    static_assert(kPanels == 1, "a panel in parts");
    TileOf<W> t = whole;
    for (size_t first = 0;; first += kVecs) {
      const size_t left = whole.last - first * kWidth<A>;
      t.last = min_size(left, kPart);
      tile_vectors_of<A, W, kFetches, kRows, kPanels>(t, first);
      if (left <= kPart) return;
      t.y += kPart;
      if (t.bias != nullptr) t.bias += kPart;
      if (t.residual != nullptr) t.residual += kPart;
    }
  }
}

template <class A, class W, size_t kRows, size_t kPanels>
FOVEA_INLINE void choose_code_panels(size_t panels, const TileOf<W>& t) {
  if constexpr (kPanels > 1) {
    if (panels < kPanels) return choose_code_panels<A, W, kRows, kPanels - 1>(panels, t);
  }
  code_tile<A, W, kRows, kPanels>(t);
}

// The tile of rows <= kRows and panels <= code_panels<A, W>(rows).
template <class A, class W, size_t kRows = Dot<A, W>::kTileRows>
FOVEA_INLINE void run_code_tile(size_t rows, size_t panels, const TileOf<W>& t) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return run_code_tile<A, W, kRows - 1>(rows, panels, t);
  }
  choose_code_panels<A, W, kRows, code_panels<A, W>(kRows)>(panels, t);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_CODES_INL_H_
