// Operators of tokens that are a grid, or become one.

#include <algorithm>
#include <cmath>
#include <memory>

#include "tests/runtime/random_models/maker.h"

namespace fovea::test {
namespace {

using schema::Layout;

// One direction of windows of `extent` tokens: a number of taps, the steps between windows and
// between taps, zeros before and after. Returns how many windows fit.
uint32_t make_windows(Maker& m, uint32_t extent, uint32_t* taps, uint32_t* step, uint32_t* apart,
                      uint32_t* before, uint32_t* after) {
  *taps = m.r.between(1, 3);
  *step = m.r.between(1, 3);
  *apart = m.r.between(1, 2);
  const uint32_t reach = *apart * (*taps - 1);
  *before = m.r.below(reach + 2);
  *after = m.r.below(reach + 2);
  if (*before + extent + *after <= reach) *after = reach;
  return (*before + extent + *after - reach - 1) / *step + 1;
}

}  // namespace

// A side of the grid that so many tokens are.
static uint32_t some_lines(Maker& m, uint32_t tokens) {
  uint32_t lines = m.r.between(1, tokens);
  while (tokens % lines != 0) --lines;
  return lines;
}

// Windows of a grid, or what was one joined again.
void add_windows(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (s.dims[at] >= 0 || s.width() > 40) return;
  schema::WindowsT a;
  a.lines = some_lines(m, s.extents[at]);
  a.columns = s.extents[at] / a.lines;
  a.high = m.r.between(1, a.lines + 1);
  a.wide = m.r.between(1, a.columns + 1);
  a.by_column = m.r.percent(50);
  const uint32_t down = (a.lines + a.high - 1) / a.high, right = (a.columns + a.wide - 1) / a.wide;
  a.down = m.r.below(down * a.high);
  a.right = m.r.below(right * a.wide);
  Shape cut = s;
  cut.extents[at] = down * right;
  // Windows of one token are sequences, whatever else they might be.
  if (m.r.percent(50) && a.high * a.wide > 1) {
    cut.extents[at + 1] *= a.high * a.wide;
  } else if (s.rank() == 2) {
    cut = {{down * right, a.high * a.wide, s.width()}, {-1, -1, -1}};
  } else {
    cut.extents[0] *= down * right;
    cut.extents[at] = a.high * a.wide;
  }
  const int32_t y = m.tensor(cut);
  m.op(a, {x}, {y});
  m.offer(y);
  if (cut.width() != s.width() || cut.rank() < 3) return;
  a.joins = true;
  const int32_t joined = m.tensor(s);
  m.op(a, {y}, {joined});
  m.offer(joined);
}

// Tiles of a picture that a sequence has more or fewer lines of.
void add_tiles(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (m.is_packed(s)) return;
  schema::TilesT a;
  a.lines = m.r.between(1, 12);
  a.first = m.r.below(a.lines);
  a.high = m.r.between(1, a.lines - a.first);
  a.wide = m.r.between(1, std::min(s.width(), 20u));
  a.down = m.r.between(1, 4);
  a.right = m.r.between(1, 2 * a.wide);
  a.by_column = m.r.percent(50);
  a.fill = m.r.of({0.0f, -1.5f, NAN});
  a.ends = m.r.percent(50);
  const uint32_t along = (a.lines - a.first - a.high) / a.down + 1;
  s.extents[at] = along * ((s.width() - a.wide) / a.right + 1);
  s.dims[at] = -1;
  const int32_t y = m.tensor(s.with_width(a.high * a.wide));
  m.op(a, {x}, {y});
  m.offer(y);
}

void add_resize_grid(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (s.dims[at] >= 0 || s.width() > 40) return;
  schema::ResizeGridT a;
  a.lines = some_lines(m, s.extents[at]);
  a.columns = s.extents[at] / a.lines;
  a.made_lines = m.r.between(1, 5);
  a.made_columns = m.r.between(1, 5);
  s.extents[at] = a.made_lines * a.made_columns;
  const int32_t y = m.tensor(s);
  m.op(a, {x}, {y});
  m.offer(y);
}

void add_grid_convolution(Maker& m, int32_t x) {
  Shape s = m.shape_of(x);
  const size_t at = s.rank() - 2;
  if (s.dims[at] >= 0 || s.width() > 40) return;
  auto w = std::make_unique<schema::GridWindowsT>();
  w->lines = some_lines(m, s.extents[at]);
  w->columns = s.extents[at] / w->lines;
  const uint32_t down =
      make_windows(m, w->lines, &w->high, &w->down, &w->apart_down, &w->above, &w->below);
  const uint32_t right =
      make_windows(m, w->columns, &w->wide, &w->right, &w->apart_right, &w->before, &w->after);
  const uint32_t taps = w->high * w->wide;
  s.extents[at] = down * right;
  const auto function = m.r.of({schema::Function::None, schema::Function::GeluErf});
  const bool biased = m.r.percent(50);
  if (m.r.percent(50)) {
    const int32_t y = m.tensor(s);
    std::vector<int32_t> weights = {m.weight(Layout::Row16, {taps, s.width()})};
    if (biased) weights.push_back(m.weight(Layout::Row16, {s.width()}));
    schema::DepthwiseConvolutionT a;
    a.windows = std::move(w);
    a.function = function;
    m.op(std::move(a), {x}, {y}, weights);
    return m.offer(y);
  }
  schema::GridConvolutionT a;
  a.windows = std::move(w);
  a.function = function;
  a.groups = s.width() % 2 == 0 && m.r.percent(50) ? 2 : 1;
  const uint32_t outputs = m.r.between(1, 20), k = taps * s.width() / a.groups, groups = a.groups;
  const int32_t y = m.tensor(s.with_width(outputs * groups));
  std::vector<int32_t> weights = convolution_weights(m, groups, outputs, k, biased);
  m.op(std::move(a), {x}, {y}, weights);
  m.offer(y);
}

}  // namespace fovea::test
