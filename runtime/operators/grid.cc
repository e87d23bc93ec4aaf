#include "runtime/operators/grid.h"

namespace fovea {
namespace {

// One of the two directions.
struct Direction {
  uint32_t extent, taps, step, apart, before, after;
};

Direction down_of(const GridWindows& w) {
  return {w.lines(), w.high(), w.down(), w.apart_down(), w.above(), w.below()};
}

Direction right_of(const GridWindows& w) {
  return {w.columns(), w.wide(), w.right(), w.apart_right(), w.before(), w.after()};
}

// How many windows fit. No number is above 4096.
uint32_t count_windows(const Direction& d) {
  const uint32_t filled = d.before + d.extent + d.after, reach = d.apart * (d.taps - 1);
  return filled > reach ? (filled - reach - 1) / d.step + 1 : 0;
}

Taps taps_within(const Direction& d, uint32_t at) {
  const int64_t start = int64_t{at} * d.step - d.before, left = int64_t{d.extent} - start;
  const uint32_t first = start < 0 ? static_cast<uint32_t>((-start + d.apart - 1) / d.apart) : 0;
  const uint32_t fit = left > 0 ? static_cast<uint32_t>((left - 1) / d.apart) + 1 : 0;
  const uint32_t end = fit < d.taps ? fit : d.taps;
  if (first >= end) return {0, 0, 0};
  return {first, end - first, static_cast<uint32_t>(start + int64_t{first} * d.apart)};
}

}  // namespace

uint32_t made_columns(const GridWindows& w) {
  return count_windows(right_of(w));
}

Taps taps_of_line(const GridWindows& w, uint32_t at) {
  return taps_within(down_of(w), at);
}

Taps taps_of_column(const GridWindows& w, uint32_t at) {
  return taps_within(right_of(w), at);
}

fovea_code check_grid(const Frame& f, const GridWindows* w, uint32_t slot, fovea_error* error) {
  constexpr uint32_t kLimit = 1u << 12, kInner = 1u << 8;  // from one number's slot to the next
  if (w == nullptr) return fail(error, FOVEA_BAD_VALUE, where_attribute(f, slot), 0, 0);
  for (const uint32_t count : {w->lines(), w->columns(), w->high(), w->wide(), w->down(),
                               w->right(), w->apart_down(), w->apart_right()}) {
    FOVEA_TRY(check_attribute(f, slot += kInner, count, 1, kLimit, error));
  }
  for (const uint32_t zeros : {w->above(), w->below(), w->before(), w->after()}) {
    FOVEA_TRY(check_attribute(f, slot += kInner, zeros, 0, kLimit, error));
  }
  const uint32_t made = count_windows(down_of(*w)) * made_columns(*w);
  FOVEA_TRY(check_grid_rows(f, FOVEA_FIELD_INPUT, w->lines() * w->columns(), error));
  FOVEA_TRY(check_grid_rows(f, FOVEA_FIELD_OUTPUT, made, error));
  return check_equal(f, FOVEA_FIELD_OUTPUT, 0, f.output_rows(0).batch, f.input_rows(0).batch,
                     error);
}

}  // namespace fovea
