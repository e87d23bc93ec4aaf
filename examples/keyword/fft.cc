#include "examples/keyword/fft.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

namespace keyword {

Fft::Fft() {
  for (size_t k = 0; k < kHalf; ++k) {
    const double angle = -2.0 * std::numbers::pi * static_cast<double>(k) / kFftSize;
    roots_[k] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    size_t reversed = 0;
    for (size_t bit = 1; bit < kHalf; bit *= 2) reversed = 2 * reversed + ((k & bit) != 0);
    reversed_[k] = static_cast<unsigned char>(reversed);
  }
}

void Fft::transform(Complex z[kHalf]) const {
  for (size_t i = 0; i < kHalf; ++i) {
    if (i < reversed_[i]) std::swap(z[i], z[reversed_[i]]);
  }
  for (size_t size = 2; size <= kHalf; size *= 2) {
    for (size_t start = 0; start < kHalf; start += size) {
      for (size_t j = 0; j < size / 2; ++j) {
        const Complex w = roots_[j * (kFftSize / size)];
        Complex& low = z[start + j];
        Complex& high = z[start + j + size / 2];
        const Complex t = {high.re * w.re - high.im * w.im, high.re * w.im + high.im * w.re};
        high = {low.re - t.re, low.im - t.im};
        low = {low.re + t.re, low.im + t.im};
      }
    }
  }
}

void Fft::magnitudes(const float samples[kFftSize], float* out, size_t bins) const {
  Complex z[kHalf];
  std::memcpy(z, samples, sizeof z);
  transform(z);
  for (size_t k = 0; k < bins; ++k) {
    // The spectra of even and odd samples: the parts of Z with and against its mirror image.
    const Complex a = z[k], b = z[(kHalf - k) % kHalf];
    const Complex even = {0.5f * (a.re + b.re), 0.5f * (a.im - b.im)};
    const Complex odd = {0.5f * (a.im + b.im), 0.5f * (b.re - a.re)};
    const Complex w = roots_[k];
    const float re = even.re + odd.re * w.re - odd.im * w.im;
    const float im = even.im + odd.re * w.im + odd.im * w.re;
    out[k] = std::sqrt(re * re + im * im);
  }
}

}  // namespace keyword
