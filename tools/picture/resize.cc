#include "tools/picture/resize.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

namespace fovea::tools {
namespace {

using schema::Filter;

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

// Keys 1981, with a = -1/2.
double bicubic(double x) {
  const double a = std::abs(x);
  if (a < 1) return (1.5 * a - 2.5) * a * a + 1;
  return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
}

struct Window {
  double reach;  // weights are 0 farther away
  double (*weight)(double);
};

Window window_of(Filter filter) {
  switch (filter) {
    case Filter::Bicubic:
      return {2, bicubic};
    case Filter::Lanczos:
      return {3, [](double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }};
    case Filter::Box:
      return {0.5, [](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0; }};
    case Filter::Hamming:
      return {1, [](double x) {
                return std::abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * std::cos(std::numbers::pi * x))
                                       : 0;
              }};
    default:
      return {1, [](double x) { return std::max(0.0, 1 - std::abs(x)); }};
  }
}

constexpr int kFraction =
    22;  // bits of weights below 1, so that sums of 255 times them fit 32 bits

// The pixels of one extent that a pixel is made of.
struct Taps {
  uint32_t first;
  std::vector<int32_t> weights;
};

// A filter that makes an extent shorter reaches as much farther. Weights sum to 1, but for
// rounding.
std::vector<Taps> taps_of(uint32_t from, uint32_t to, const Window& window) {
  const double scale = double{static_cast<double>(from)} / to, wide = std::max(scale, 1.0);
  const double reach = window.reach * wide, narrow = 1 / wide;
  std::vector<Taps> all;
  for (uint32_t i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const double first = std::max(std::trunc(center - reach + 0.5), 0.0);
    const double end = std::min(std::trunc(center + reach + 0.5), static_cast<double>(from));
    std::vector<double> weights;
    double sum = 0;
    for (double at = first; at < end; ++at) {
      weights.push_back(window.weight((at - center + 0.5) * narrow));
      sum += weights.back();
    }
    Taps taps = {static_cast<uint32_t>(first), {}};
    const double share = sum != 0 ? 1 / sum : 1;
    for (const double weight : weights) {
      const double fixed = weight * share * (1 << kFraction);
      taps.weights.push_back(static_cast<int32_t>(fixed + (fixed < 0 ? -0.5 : 0.5)));
    }
    all.push_back(std::move(taps));
  }
  return all;
}

// One number from those `stride` apart.
uint8_t weighted(const uint8_t* x, size_t stride, const std::vector<int32_t>& weights) {
  int32_t sum = 1 << (kFraction - 1);
  for (const int32_t weight : weights) {
    sum += *x * weight;
    x += stride;
  }
  return static_cast<uint8_t>(std::clamp(sum >> kFraction, 0, 255));
}

Bitmap across(const Bitmap& x, uint32_t width, const Window& window) {
  const std::vector<Taps> taps = taps_of(x.width, width, window);
  Bitmap y = {x.height, width, x.channels, {}};
  y.pixels.reserve(y.line() * y.height);
  for (uint32_t line = 0; line < y.height; ++line) {
    for (const Taps& t : taps) {
      const uint8_t* from = &x.pixels[line * x.line() + size_t{t.first} * x.channels];
      for (uint32_t c = 0; c < x.channels; ++c) {
        y.pixels.push_back(weighted(from + c, x.channels, t.weights));
      }
    }
  }
  return y;
}

Bitmap down(const Bitmap& x, uint32_t height, const Window& window) {
  Bitmap y = {height, x.width, x.channels, {}};
  y.pixels.reserve(y.line() * y.height);
  for (const Taps& t : taps_of(x.height, height, window)) {
    const uint8_t* from = &x.pixels[t.first * x.line()];
    for (size_t i = 0; i < x.line(); ++i) {
      y.pixels.push_back(weighted(from + i, x.line(), t.weights));
    }
  }
  return y;
}

// The pixels of one extent that are taken. Places are sums, as PIL has them.
std::vector<uint32_t> nearest(uint32_t from, uint32_t to) {
  const double scale = static_cast<double>(from) / to;
  std::vector<uint32_t> all;
  double at = scale * 0.5;
  for (uint32_t i = 0; i < to; ++i, at += scale) {
    all.push_back(std::min(static_cast<uint32_t>(at), from - 1));
  }
  return all;
}

Bitmap chosen(const Bitmap& x, uint32_t height, uint32_t width) {
  Bitmap y = {height, width, x.channels, {}};
  y.pixels.reserve(y.line() * y.height);
  const std::vector<uint32_t> columns = nearest(x.width, width);
  for (const uint32_t line : nearest(x.height, height)) {
    for (const uint32_t column : columns) {
      const uint8_t* from = &x.pixels[line * x.line() + size_t{column} * x.channels];
      y.pixels.insert(y.pixels.end(), from, from + x.channels);
    }
  }
  return y;
}

}  // namespace

Bitmap resized(const Bitmap& picture, uint32_t height, uint32_t width, Filter filter) {
  if (height == picture.height && width == picture.width) return picture;
  if (filter == Filter::Nearest) return chosen(picture, height, width);
  const Window window = window_of(filter);
  Bitmap made = width == picture.width ? picture : across(picture, width, window);
  return height == made.height ? made : down(made, height, window);
}

}  // namespace fovea::tools
