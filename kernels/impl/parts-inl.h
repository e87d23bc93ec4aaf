// How rows and panels are divided among register tiles, and what is fetched meanwhile.

#ifndef FOVEA_KERNELS_IMPL_PARTS_INL_H_
#define FOVEA_KERNELS_IMPL_PARTS_INL_H_

#include "kernels/impl/tile-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Cuts `count` into the fewest pieces of at most `most`, as equal as possible.
struct Pieces {
  size_t size, longer;  // the first `longer` pieces have size + 1, the others size
  FOVEA_INLINE Pieces(size_t count, size_t most) {
    const size_t pieces = max_size(divide_up(count, most), 1);
    size = count / pieces;
    longer = count % pieces;
  }
  FOVEA_INLINE size_t take() {
    if (longer == 0) return size;
    --longer;
    return size + 1;
  }
};

FOVEA_INLINE size_t largest_piece(size_t count, size_t most) {
  return divide_up(count, max_size(divide_up(count, most), 1));
}

// Rows that pass over a group of panels before the next group is taken: few enough that their
// part of x stays in the second-level cache beside the panels.
constexpr size_t kRowBlock = 96;

// Some rows of some panels; it is the tile-th of `tiles` that pass over these panels in turn.
struct Part {
  size_t row, rows, panel, panels, tile, tiles;
  size_t block, block_rows;  // of those tiles
};

// Calls emit(part) for parts that cover everything. Panels come in multiples of `step`.
template <class Emit>
FOVEA_INLINE void for_parts(size_t rows, size_t most_rows, size_t panels, size_t step,
                            size_t most_panels, Emit emit) {
  Pieces blocks(rows, kRowBlock);
  for (size_t block = 0; block < rows;) {
    const size_t block_rows = blocks.take();
    const Pieces row_pieces(block_rows, most_rows);
    Pieces panel_pieces(panels / step, most_panels / step);
    Part part;
    part.tiles = divide_up(block_rows, most_rows);
    part.block = block;
    part.block_rows = block_rows;
    for (part.panel = 0; part.panel < panels; part.panel += part.panels) {
      part.panels = panel_pieces.take() * step;
      Pieces tiles = row_pieces;
      part.row = block;
      for (part.tile = 0; part.tile < part.tiles; ++part.tile) {
        part.rows = tiles.take();
        emit(part);
        part.row += part.rows;
      }
    }
    block += block_rows;
  }
}

// While tiles pass over one group of panels, the next group is fetched, a share by each of them.
template <class A, class W>
FOVEA_INLINE void fetch_next(const Part& part, const W* end, TileOf<W>& t) {
  t.ahead = nullptr;
  t.ahead_step = 0;
  if constexpr (Tuning<A>::kFetchRows != 0) {
    const size_t group = part.panels * t.w_stride;
    const W* next = t.w + group < end ? t.w + group : t.w;
    t.ahead = next + group / part.tiles * part.tile;
    constexpr size_t kStep = sizeof(W) == 1 && !kHasUnits<W> ? kLanes * 4 : kLanes;  // of a panel
    t.ahead_step = part.panels * kStep / part.tiles;
  }
}

// Brings lines of results near while the part is computed: a tile waits where it stores to lines
// that the second-level cache lacks, 7 % of its time with 512 rows of 1152. Short sums are over
// before that helps.
template <class A>
FOVEA_INLINE void fetch_results(const Part& part, const float* y, size_t stride, size_t panels,
                                size_t k) {
  if constexpr (Tuning<A>::kFetchRows != 0) {
    if (k < 128) return;
    for (size_t i = 0; i < part.rows; ++i) {
      for (size_t p = 0; p < panels; ++p) __builtin_prefetch(y + i * stride + p * kLanes, 1, 3);
    }
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_PARTS_INL_H_
