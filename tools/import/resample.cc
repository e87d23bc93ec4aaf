#include "tools/import/resample.h"

#include <algorithm>
#include <cmath>

namespace fovea::tools {
namespace {

// A point that a new one is made of, and its share.
struct Tap {
  size_t at;
  double share;
};
using Taps = std::vector<Tap>;

double cubic(double x, double a) {
  x = std::fabs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}

Taps sharp_taps(uint32_t i, uint32_t from, uint32_t to) {
  const double place = (i + 0.5) * from / to - 0.5, floor = std::floor(place);
  Taps taps;
  for (int k = -1; k <= 2; ++k) {
    const double point = floor + k;
    const auto at = static_cast<size_t>(std::clamp(point, 0.0, from - 1.0));
    taps.push_back({at, cubic(place - point, -0.75)});
  }
  return taps;
}

// Of all points that the new one covers, where there are more than four.
Taps smooth_taps(uint32_t i, uint32_t from, uint32_t to) {
  const double step = static_cast<double>(from) / to, wide = std::max(step, 1.0);
  const double place = step * (i + 0.5);
  const double first = std::max(std::trunc(place - 2 * wide + 0.5), 0.0);
  const double end = std::min(std::trunc(place + 2 * wide + 0.5), static_cast<double>(from));
  Taps taps;
  double sum = 0;
  for (double point = first; point < end; ++point) {
    taps.push_back({static_cast<size_t>(point), cubic((point - place + 0.5) / wide, -0.5)});
    sum += taps.back().share;
  }
  for (Tap& tap : taps) tap.share /= sum;
  return taps;
}

std::vector<Taps> taps_of(uint32_t from, uint32_t to, Resampling kind) {
  std::vector<Taps> all;
  for (uint32_t i = 0; i < to; ++i) {
    all.push_back((kind == Resampling::kSharp ? sharp_taps : smooth_taps)(i, from, to));
  }
  return all;
}

}  // namespace

std::vector<float> resample_bicubic(std::span<const float> values, const Grid& from, const Grid& to,
                                    uint32_t width, Resampling kind) {
  const std::vector<Taps> lines = taps_of(from.lines, to.lines, kind);
  const std::vector<Taps> columns = taps_of(from.columns, to.columns, kind);
  std::vector<float> made;
  made.reserve(size_t{to.lines} * to.columns * width);
  for (const Taps& line : lines) {
    for (const Taps& column : columns) {
      for (uint32_t k = 0; k < width; ++k) {
        double sum = 0;
        for (const Tap& y : line) {
          for (const Tap& x : column) {
            const size_t point = y.at * from.columns + x.at;
            sum += y.share * x.share * double{values[point * width + k]};
          }
        }
        made.push_back(static_cast<float>(sum));
      }
    }
  }
  return made;
}

}  // namespace fovea::tools
