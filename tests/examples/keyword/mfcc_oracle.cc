#include "tests/examples/keyword/mfcc_oracle.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace keyword::test {
namespace {

constexpr double kPi = std::numbers::pi;

double mel(double frequency) {
  return 1127.0 * std::log1p(frequency / 700.0);
}

// What band j takes of a frequency: a triangle.
double response(int j, double frequency) {
  const double step = (mel(7600.0) - mel(20.0)) / 81.0;
  const double low = mel(20.0) + step * j, peak = low + step, high = peak + step;
  const double at = mel(frequency);
  return std::max(0.0, std::min((at - low) / (peak - low), (high - at) / (high - peak)));
}

// Hann's window, then the DFT of 512.
double magnitude(std::span<const int16_t, 480> samples, int k) {
  std::complex<double> sum = 0.0;
  for (int t = 0; t < 480; ++t) {
    const double hann = 0.5 - 0.5 * std::cos(2 * kPi * t / 480);
    const double sample = samples[static_cast<size_t>(t)] / 32768.0;
    sum += std::polar(1.0, -2 * kPi * (k * t % 512) / 512) * hann * sample;
  }
  return std::abs(sum);
}

double length(std::span<const int16_t, 480> samples) {
  double sum = 0.0;
  for (const int16_t sample : samples) sum += std::pow(sample / 32768.0, 2);
  return std::sqrt(sum);
}

}  // namespace

OracleFrame mfcc_by_definition(std::span<const int16_t, 480> samples) {
  double magnitudes[257], logarithms[80], parts = 0.0;
  for (int k = 0; k < 257; ++k) magnitudes[k] = magnitude(samples, k);
  for (int j = 0; j < 80; ++j) {
    double level = 0.0;
    for (int k = 1; k < 257; ++k) level += response(j, k * 31.25) * magnitudes[k];
    level = std::max(level, 1e-12);
    logarithms[j] = std::log(level);
    parts += length(samples) / level + std::abs(logarithms[j]);
  }
  OracleFrame frame = {};
  for (int i = 0; i < 40; ++i) {
    for (int j = 0; j < 80; ++j) {
      frame.coefficients[i] +=
          logarithms[j] * std::sqrt(2.0 / 80) * std::cos(kPi * i * (j + 0.5) / 80);
    }
  }
  frame.tolerance = 9 * std::pow(2.0, -23) * std::sqrt(2.0 / 80) * parts;
  return frame;
}

}  // namespace keyword::test
