#include <cstring>

#include "runtime/operators/check.h"

namespace fovea {
namespace {

using Table = schema::Windows;

// A grid of tokens, filled up to whole windows.
struct Grid {
  uint32_t lines, columns;  // filled
  uint32_t across;          // windows side by side
  uint32_t windows, area;   // all of them; tokens of each
};

uint32_t filled(uint32_t extent, uint32_t window) {
  return (extent + window - 1) / window * window;
}

Grid grid_of(const Table& a) {
  Grid g;
  g.lines = filled(a.lines(), a.high());
  g.columns = filled(a.columns(), a.wide());
  g.across = g.columns / a.wide();
  g.windows = g.lines / a.high() * g.across;
  g.area = a.high() * a.wide();
  return g;
}

constexpr uint32_t kNoToken = UINT32_MAX;

// The token of the grid that a window has at `place`, or kNoToken where it was filled.
uint32_t token_of(const Table& a, const Grid& g, uint32_t window, uint32_t place) {
  const uint32_t i = a.by_column() ? place % a.high() : place / a.wide();
  const uint32_t j = a.by_column() ? place / a.high() : place % a.wide();
  const uint32_t line = (window / g.across * a.high() + i + a.down()) % g.lines;
  const uint32_t column = (window % g.across * a.wide() + j + a.right()) % g.columns;
  return line < a.lines() && column < a.columns() ? line * a.columns() + column : kNoToken;
}

// Where a token of the grid is among those of all windows.
uint32_t place_of(const Table& a, const Grid& g, uint32_t token) {
  const uint32_t line = (token / a.columns() + g.lines - a.down()) % g.lines;
  const uint32_t column = (token % a.columns() + g.columns - a.right()) % g.columns;
  const uint32_t i = line % a.high(), j = column % a.wide();
  const uint32_t window = line / a.high() * g.across + column / a.wide();
  return window * g.area + (a.by_column() ? j * a.high() + i : i * a.wide() + j);
}

fovea_code check_attributes(const Frame& f, const Table& a, fovea_error* error) {
  constexpr uint32_t kLines = attribute<Table>(Table::VT_LINES), kLimit = 1u << 12;
  uint32_t slot = kLines;
  for (const uint32_t extent : {a.lines(), a.columns(), a.high(), a.wide()}) {
    FOVEA_TRY(check_attribute(f, slot++, extent, 1, kLimit, error));
  }
  const Grid g = grid_of(a);
  FOVEA_TRY(check_attribute(f, slot++, a.down(), 0, g.lines - 1, error));
  return check_attribute(f, slot, a.right(), 0, g.columns - 1, error);
}

// What is in windows is as many rows as tokens or, where nothing is joined, one for each window.
fovea_code check(const Frame& f, fovea_error* error) {
  const Table& a = *f.op->attributes_as_Windows();
  FOVEA_TRY(check_attributes(f, a, error));
  const Grid g = grid_of(a);
  const bool joins = a.joins();
  FOVEA_TRY(check_sequences(f, f.input(0), FOVEA_FIELD_INPUT, 0, error));
  FOVEA_TRY(check_sequences(f, f.output(0), FOVEA_FIELD_OUTPUT, 0, error));
  for (const int32_t tensor : {f.input(0), f.output(0)}) {
    FOVEA_TRY(check_equal(f, FOVEA_FIELD_INPUT, 0, is_packed(*f.method, *f.tensor(tensor)), false,
                          error));
  }
  const Rows whole = joins ? f.output_rows(0) : f.input_rows(0);
  const Rows cut = joins ? f.input_rows(0) : f.output_rows(0);
  const fovea_field whole_is = joins ? FOVEA_FIELD_OUTPUT : FOVEA_FIELD_INPUT;
  const fovea_field cut_is = joins ? FOVEA_FIELD_INPUT : FOVEA_FIELD_OUTPUT;
  FOVEA_TRY(check_equal(f, whole_is, 0, whole.tokens, uint64_t{a.lines()} * a.columns(), error));
  const bool merged = !joins && cut.width != whole.width;
  const uint64_t batch = uint64_t{whole.batch} * (merged ? 1 : g.windows);
  FOVEA_TRY(check_equal(f, cut_is, 0, cut.batch, batch, error));
  FOVEA_TRY(check_equal(f, cut_is, 0, cut.tokens, merged ? g.windows : g.area, error));
  return check_equal(f, cut_is, 0, cut.width, uint64_t{whole.width} * (merged ? g.area : 1), error);
}

void copy_row(const Rows& x, uint32_t from, float* to, uint32_t width) {
  if (from == kNoToken) {
    for (uint32_t i = 0; i < width; ++i) to[i] = 0;
  } else {
    std::memcpy(to, x.f32() + size_t{from} * x.stride, width * sizeof(float));
  }
}

void execute(const Run& run, uint32_t task, uint32_t) {
  const Frame& f = run.frame;
  const Table& a = *f.op->attributes_as_Windows();
  const Grid g = grid_of(a);
  const Rows x = f.input_rows(0), y = f.output_rows(0);
  const uint32_t each = y.width / x.width;  // tokens of a row
  const uint32_t tokens = a.lines() * a.columns(), places = g.windows * g.area;
  const Part part = run.part(task);
  for (uint32_t r = part.first; r < part.first + part.count; ++r) {
    float* const to = y.f32() + size_t{r} * y.stride;
    if (a.joins()) {
      copy_row(x, r / tokens * places + place_of(a, g, r % tokens), to, x.width);
      continue;
    }
    for (uint32_t k = 0; k < each; ++k) {
      const uint32_t place = r * each + k, image = place / places;
      const uint32_t token = token_of(a, g, place % places / g.area, place % g.area);
      copy_row(x, token == kNoToken ? token : image * tokens + token, to + size_t{k} * x.width,
               x.width);
    }
  }
}

constexpr Definition define() {
  Definition d;
  d.inputs = {{"x"}};
  d.outputs = {{"y"}};
  d.check = check;
  d.prepare = divide_rows;
  d.run = execute;
  return d;
}

}  // namespace
}  // namespace fovea

FOVEA_DEFINE_OPERATOR(Windows, windows, define())
