// Codes that are widened once for many rows, by rows of instructions without products of bytes:
// there widening them for every tile takes a fifth of its time. A few words of a group of panels at
// a time, which stay in the first-level cache beside the rows that meet them: sums wait in memory
// for the next words.
//
// Dot<A, W> of such codes W (kIsWide) has, besides what those of codes have:
//   kWideUnit                    words go in so many, a group's
//   widen(p, wide)               a vector of words to twice its bytes
// and those of whole bytes
//   add_wide(sum, factor, wide)  four products of each output, from there
//   store_sum                    a vector's sums to memory, where start() finds them again
// or those in groups
//   wide_terms(wide, upper)      of the lower or the upper halves of bytes, from there

#ifndef FOVEA_KERNELS_IMPL_WIDE_INL_H_
#define FOVEA_KERNELS_IMPL_WIDE_INL_H_

#include "kernels/impl/parts-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// With so many rows widening has paid for itself.
constexpr size_t kWideRows = 10;

// Two panels of 64 words are 16 KB, half of a first-level cache.
constexpr size_t kWidePanels = 2;
constexpr size_t kWideWords = 64;
constexpr size_t kWideBytes = 2 * kLanes * 4;  // of a panel's words

// What tiles pass on to each other: in turn, over one group of panels.
template <class W, bool = kIsWide<W>>
struct WideBuffer {};
template <class W>
struct WideBuffer<W, true> {
  alignas(64) uint8_t codes[kWideWords][kWidePanels * kWideBytes];
  alignas(64) float sums[kRowBlock][kWidePanels * kLanes];  // of the words before, or int32
  size_t from, words;                                       // what `codes` holds
};

// Words of 16 outputs in a panel, four codes or eight halves each.
template <class W>
FOVEA_INLINE size_t panel_words(size_t k) {
  if constexpr (kIsGroups<W>) {
    return half_words(k);
  } else {
    return code_words(k);
  }
}
template <class W>
FOVEA_INLINE size_t panel_word_at(size_t word) {
  if constexpr (kIsGroups<W>) {
    return half_word_at(word * 8, W::kNumbers);
  } else {
    return (word + 1) * (kPanel * 4);
  }
}

template <class A, class W>
FOVEA_INLINE void widen_words(const TileOf<W>& t, size_t panels, size_t from, size_t words,
                              WideBuffer<W>& buffer) {
  using D = Dot<A, W>;
  constexpr size_t kVectorBytes = kWidth<A> * 4;
  for (size_t p = 0; p < panels; ++p) {
    const uint8_t* panel = reinterpret_cast<const uint8_t*>(t.w + p * t.w_stride);
    for (size_t i = 0; i < words; ++i) {
      FOVEA_UNROLL
      for (size_t v = 0; v < kVectors<A>; ++v) {
        D::widen(panel + panel_word_at<W>(from + i) + v * kVectorBytes,
                 buffer.codes[i] + p * kWideBytes + 2 * v * kVectorBytes);
      }
    }
  }
  buffer.from = from;
  buffer.words = words;
}

// Before the first tile of a group of panels: widens its words, and adds up all but the last of
// them for all tiles. run(rows, panels, tile) is to run a tile.
template <class A, class W, class Run>
FOVEA_INLINE void prepare_wide(WideBuffer<W>& buffer, const Part& part, TileOf<W>& t, Run run) {
  if constexpr (kIsWide<W>) {
    if (part.tile == 0) {
      constexpr size_t kUnit = Dot<A, W>::kWideUnit;
      const size_t words = panel_words<W>(t.k);
      Pieces pieces(divide_up(words, kUnit), kWideWords / kUnit);
      for (size_t from = 0;;) {
        const size_t count = min_size(pieces.take() * kUnit, words - from);
        widen_words<A>(t, part.panels, from, count, buffer);
        from += count;
        if (from == words) break;
        TileOf<W> tile = t;
        Pieces rows(part.block_rows, Dot<A, W>::kTileRows);
        for (size_t row = 0; row < part.block_rows;) {
          const size_t tile_rows = rows.take();
          constexpr size_t kPanels = Dot<A, W>::kTilePanels;
          for (size_t p = 0; p < part.panels; p += kPanels) {
            TileOf<W> of_panels = tile;
            of_panels.w += p * tile.w_stride;
            of_panels.wide = {&buffer, row, p, false};
            run(tile_rows, min_size(part.panels - p, kPanels), of_panels);
          }
          tile.x += tile_rows * tile.x_stride;
          row += tile_rows;
        }
      }
    }
    t.wide = {&buffer, part.row - part.block, 0, true};
  }
}

// What the buffer holds of a tile is added to its sums, which are then kept or, with the last
// words, finished.
template <class A, class W, size_t kRows, size_t kPanels, class Finish>
FOVEA_INLINE void wide_vectors(const TileOf<W>& t, const uint32_t* const (&x)[kRows],
                               const int8_t* starts, Finish finish) {
  using D = Dot<A, W>;
  constexpr size_t kVecs = kVectors<A>, kAll = kPanels * kVecs;
  WideBuffer<W>& buffer = *t.wide.buffer;
  typename D::Sum sums[kRows][kAll];
  const auto kept = [&](size_t r, size_t v) FOVEA_LAMBDA {
    return buffer.sums[t.wide.row + r] + t.wide.panel * kLanes + v * kWidth<A>;
  };
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kAll; ++n) {
    const size_t r = n / kAll, v = n % kAll;
    const int8_t* first = starts + v / kVecs * t.w_stride + v % kVecs * kWidth<A> * 4;
    sums[r][v] = D::start(buffer.from == 0 ? first : reinterpret_cast<const int8_t*>(kept(r, v)));
  }
  const uint32_t* rows[kRows];
  FOVEA_UNROLL
  for (size_t r = 0; r < kRows; ++r) rows[r] = x[r] + buffer.from;
  const size_t words = buffer.words;
  for (size_t i = 0; i < words; ++i) {
    const uint8_t* wide = buffer.codes[i] + t.wide.panel * kWideBytes;
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const typename D::Factor factor = D::factor(rows[r][i]);
      FOVEA_UNROLL
      for (size_t v = 0; v < kAll; ++v) {
        D::add_wide(sums[r][v], factor, wide + 2 * v * kWidth<A> * 4);
      }
    }
  }
  if (t.wide.ends) return finish(sums);
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kAll; ++n) {
    D::store_sum(kept(n / kAll, n % kAll), sums[n / kAll][n % kAll]);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WIDE_INL_H_
