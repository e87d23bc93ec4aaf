#include "tools/import/filters.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fovea::tools {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kKnee = 1000, kKneeMel = 15;  // where Slaney's scale becomes logarithmic

double slaney_step() {
  return 27 / std::log(6.4);
}

double mel_of(double frequency, MelForm::Scale scale) {
  if (scale == MelForm::kLogarithmic) return 2595 * std::log10(1 + frequency / 700);
  if (frequency < kKnee) return 3 * frequency / 200;
  return kKneeMel + std::log(frequency / kKnee) * slaney_step();
}

double frequency_of(double mel, MelForm::Scale scale) {
  if (scale == MelForm::kLogarithmic) return 700 * (std::pow(10, mel / 2595) - 1);
  if (mel < kKneeMel) return 200 * mel / 3;
  return kKnee * std::exp((mel - kKneeMel) / slaney_step());
}

}  // namespace

std::vector<float> roots_of_one(uint32_t size) {
  std::vector<float> roots;
  for (uint32_t k = 0; k < size; ++k) {
    // By eighths of a turn, where sines and cosines of either side are the same numbers.
    const uint64_t eighths = uint64_t{8} * k;
    const auto quarter = static_cast<uint32_t>((eighths + size) / (2 * uint64_t{size}) % 4);
    const double rest = static_cast<double>(k) -
                        static_cast<double>(size) * ((eighths + size) / (2 * uint64_t{size})) / 4;
    const double c = std::cos(kTurn * rest / size), s = std::sin(kTurn * rest / size);
    const double cosines[] = {c, -s, -c, s}, sines[] = {s, c, -s, -c};
    roots.push_back(static_cast<float>(cosines[quarter]));
    roots.push_back(static_cast<float>(0 - sines[quarter]));
  }
  return roots;
}

std::vector<float> raised_cosine(uint32_t count, double period, double power) {
  std::vector<float> window;
  for (uint32_t t = 0; t < count; ++t) {
    const double height = 0.5 - 0.5 * std::cos(kTurn * t / period);
    window.push_back(static_cast<float>(power == 1 ? height : std::pow(height, power)));
  }
  return window;
}

std::vector<float> mel_filters(const MelForm& form, schema::FiltersT& filters) {
  const double lowest = mel_of(form.lowest, form.scale), highest = mel_of(form.highest, form.scale);
  std::vector<double> frequencies, corners;  // Hz; and what sides are straight by
  for (uint32_t i = 0; i < form.bands + 2; ++i) {
    const double mel = lowest + (highest - lowest) * i / (form.bands + 1);
    frequencies.push_back(frequency_of(mel, form.scale));
    corners.push_back(form.by_mel ? mel : frequencies.back());
  }
  std::vector<float> weights;
  for (uint32_t j = 0; j < form.bands; ++j) {
    const double factor = form.areas ? 2 / (frequencies[j + 2] - frequencies[j]) : 1;
    uint32_t first = 0, end = 0;  // of what is not 0
    std::vector<float> band;
    for (uint32_t k = 0; k < form.bins; ++k) {
      const double frequency = k * form.bin_width;
      const double x = form.by_mel ? mel_of(frequency, form.scale) : frequency;
      const double rising = (x - corners[j]) / (corners[j + 1] - corners[j]);
      const double falling = (corners[j + 2] - x) / (corners[j + 2] - corners[j + 1]);
      const auto height = static_cast<float>(factor * std::min(rising, falling));
      if (!(height > 0)) continue;
      if (end == 0) first = k;
      end = k + 1;
      band.push_back(height);
    }
    filters.firsts.push_back(end == 0 ? 0 : first);
    filters.counts.push_back(static_cast<uint32_t>(band.size()));
    weights.insert(weights.end(), band.begin(), band.end());
  }
  return weights;
}

}  // namespace fovea::tools
