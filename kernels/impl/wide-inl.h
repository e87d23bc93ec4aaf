// Codes that are widened once for many rows, by rows of instructions without products of bytes:
// there widening them for every tile takes a fifth of its time. A few words of a group of panels at
// a time, which stay in the first-level cache beside the rows that meet them: sums wait in memory
// for the next words.
//
// Dot<A, W> of such codes W (kIsWide) has, besides what those of codes have:
//   widen(p, wide)               a vector of codes to kWideElements numbers of 16 bits
//   add_wide(sum, factor, wide)  four products of each output, from there
//   load_sum, store_sum          a vector's sums, to and from memory

#ifndef FOVEA_KERNELS_IMPL_WIDE_INL_H_
#define FOVEA_KERNELS_IMPL_WIDE_INL_H_

#include "kernels/impl/groups-inl.h"
#include "kernels/impl/parts-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// With so many rows widening has paid for itself.
constexpr size_t kWideRows = 10;

// Two panels of 64 words are 16 KB, half of a first-level cache.
constexpr size_t kWidePanels = 2;
constexpr size_t kWideWords = 64;
constexpr size_t kWideElements = kLanes * 4;  // of a panel's words

// What tiles pass on to each other: in turn, over one group of panels.
template <class W, bool = kIsWide<W>>
struct WideBuffer {};
template <class W>
struct WideBuffer<W, true> {
  alignas(64) int16_t codes[kWideWords][kWidePanels * kWideElements];
  alignas(64) int32_t sums[kRowBlock][kWidePanels * kLanes];  // of the words before
  size_t from, words;                                         // what `codes` holds
};

template <class A, class W>
FOVEA_INLINE void widen_words(const TileOf<W>& t, size_t panels, size_t from, size_t words,
                              WideBuffer<W>& buffer) {
  using D = Dot<A, W>;
  constexpr size_t kVectorBytes = kWidth<A> * 4;
  for (size_t p = 0; p < panels; ++p) {
    const int8_t* codes = reinterpret_cast<const int8_t*>(t.w + p * t.w_stride);
    codes += (from + 1) * (kPanel * 4);
    for (size_t i = 0; i < words; ++i) {
      FOVEA_UNROLL
      for (size_t v = 0; v < kVectors<A>; ++v) {
        D::widen(codes + i * (kPanel * 4) + v * kVectorBytes,
                 buffer.codes[i] + p * kWideElements + v * kVectorBytes);
      }
    }
  }
  buffer.from = from;
  buffer.words = words;
}

// Before the first tile of a group of panels: widens its words, and adds up all but the last of
// them for all tiles. run(rows, tile) is to run a tile.
template <class A, class W, class Run>
FOVEA_INLINE void prepare_wide(WideBuffer<W>& buffer, const Part& part, TileOf<W>& t, Run run) {
  if constexpr (kIsWide<W>) {
    if (part.tile == 0) {
      const size_t words = code_words(t.k);
      Pieces pieces(words, kWideWords);
      for (size_t from = 0;;) {
        const size_t count = pieces.take();
        widen_words<A>(t, part.panels, from, count, buffer);
        from += count;
        if (from == words) break;
        TileOf<W> tile = t;
        Pieces rows(part.block_rows, Dot<A, W>::kTileRows);
        for (size_t row = 0; row < part.block_rows;) {
          const size_t tile_rows = rows.take();
          tile.wide = {&buffer, row, false};
          run(tile_rows, tile);
          tile.x += tile_rows * tile.x_stride;
          row += tile_rows;
        }
      }
    }
    t.wide = {&buffer, part.row - part.block, true};
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
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kAll; ++n) {
    const size_t r = n / kAll, v = n % kAll;
    sums[r][v] = buffer.from == 0
                     ? D::start(starts + v / kVecs * t.w_stride + v % kVecs * kWidth<A> * 4)
                     : D::load_sum(buffer.sums[t.wide.row + r] + v * kWidth<A>);
  }
  const uint32_t* rows[kRows];
  FOVEA_UNROLL
  for (size_t r = 0; r < kRows; ++r) rows[r] = x[r] + buffer.from;
  const size_t words = buffer.words;
  for (size_t i = 0; i < words; ++i) {
    const int16_t* wide = buffer.codes[i];
    FOVEA_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      const typename D::Factor factor = D::factor(rows[r][i]);
      FOVEA_UNROLL
      for (size_t v = 0; v < kAll; ++v) {
        D::add_wide(sums[r][v], factor, wide + v * kWidth<A> * 4);
      }
    }
  }
  if (t.wide.ends) return finish(sums);
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kAll; ++n) {
    D::store_sum(buffer.sums[t.wide.row + n / kAll] + n % kAll * kWidth<A>,
                 sums[n / kAll][n % kAll]);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WIDE_INL_H_
