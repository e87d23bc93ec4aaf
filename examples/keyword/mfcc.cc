#include "examples/keyword/mfcc.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace keyword {
namespace {

constexpr double kLowest = 20.0, kHighest = 7600.0;  // Hz
constexpr float kFloor = 1e-12f;                     // of a band, before its logarithm

double mel(double frequency) {
  return 1127.0 * std::log(1.0 + frequency / 700.0);
}

}  // namespace

Mfcc::Mfcc() {
  constexpr double kTurn = 2.0 * std::numbers::pi;
  for (size_t t = 0; t < kFrameLength; ++t) {
    const double angle = kTurn * static_cast<double>(t) / kFrameLength;
    hann_[t] = static_cast<float>(0.5 - 0.5 * std::cos(angle));
  }
  for (size_t k = 0; k < 4 * kBands; ++k) {
    const double angle = kTurn * static_cast<double>(k) / (4 * kBands);
    cosines_[k] = static_cast<float>(std::sqrt(2.0 / kBands) * std::cos(angle));
  }
  prepare_bands();
}

// Band j rises from point j to its peak at j + 1 and falls to j + 2, so that a bin between points
// p and p + 1 belongs to the bands that peak there.
void Mfcc::prepare_bands() {
  const double step = (mel(kHighest) - mel(kLowest)) / (kBands + 1);
  for (size_t k = 0; k < kBins; ++k) {
    const double frequency = static_cast<double>(k * kSampleRate) / kFftSize;
    const double point = std::max(0.0, (mel(frequency) - mel(kLowest)) / step);
    places_[k].lower = static_cast<uint8_t>(point);
    places_[k].share = static_cast<float>(point - std::floor(point));
  }
}

void Mfcc::push(std::span<const int16_t> samples) {
  while (!samples.empty()) {
    const size_t taken = std::min(samples.size(), kFrameLength - count_);
    std::copy_n(samples.data(), taken, samples_ + count_);
    count_ += taken;
    samples = samples.subspan(taken);
    if (count_ < kFrameLength) return;
    add_frame();
    count_ -= kHop;
    std::memmove(samples_, samples_ + kHop, count_ * sizeof samples_[0]);
  }
}

void Mfcc::measure_bands(float logarithms[kBands]) const {
  float frame[kFftSize] = {};
  for (size_t t = 0; t < kFrameLength; ++t) {
    frame[t] = static_cast<float>(samples_[t]) * (1.0f / 32768.0f) * hann_[t];
  }
  float magnitudes[kBins];
  fft_.magnitudes(frame, magnitudes, kBins);
  float points[kBands + 2] = {};  // the first and the last peak of no band
  for (size_t k = 1; k < kBins; ++k) {
    const Place place = places_[k];
    points[place.lower] += magnitudes[k] * (1.0f - place.share);
    points[place.lower + 1] += magnitudes[k] * place.share;
  }
  for (size_t j = 0; j < kBands; ++j) logarithms[j] = std::log(std::max(points[j + 1], kFloor));
}

void Mfcc::add_frame() {
  float logarithms[kBands];
  measure_bands(logarithms);
  float* coefficients = ring_[frames_ % kFrames];
  for (size_t i = 0; i < kCoefficients; ++i) {
    float sum = 0.0f;
    for (size_t j = 0; j < kBands; ++j) {
      sum += logarithms[j] * cosines_[i * (2 * j + 1) % (4 * kBands)];
    }
    coefficients[i] = sum;
  }
  ++frames_;
}

void Mfcc::window(float features[kFrames * kCoefficients]) const {
  const size_t oldest = frames_ % kFrames;
  float* end = std::copy(ring_[oldest], ring_[kFrames - 1] + kCoefficients, features);
  std::copy(ring_[0], ring_[oldest], end);
}

}  // namespace keyword
