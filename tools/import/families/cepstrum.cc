// Mel-frequency cepstral coefficients (Davis and Mermelstein 1980), as TensorFlow's tf.signal makes
// them of magnitudes.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/common/error.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/filters.h"

namespace fovea::tools {
namespace {

constexpr double kTolerance = 1e-5;  // of a stored table's largest number

void read_frames(const Config& config, FrontEndSpec& front) {
  schema::SpectrumT& s = front.spectrum;
  s.frame = config.count("frame_length");
  s.stride = config.count("hop_length");
  s.size = config.count("n_fft");
  s.kind = schema::SpectrumKind::Magnitude;
  if (s.frame > s.size || s.size > kMostSize || s.size % 2 != 0 || s.stride > s.frame) {
    fail(
        "{}: frame_length of {}, hop_length of {} and n_fft of {} cannot be converted; hops up to "
        "a "
        "frame, and frames up to an even n_fft of at most {}, can be",
        config.path(), s.frame, s.stride, s.size, kMostSize);
  }
  front.window = raised_cosine(s.frame, s.frame);
}

void read_bands(const Config& config, FrontEndSpec& front) {
  MelForm form = {MelForm::kLogarithmic, config.count("num_mel_bins")};
  form.lowest = config.number("fmin");
  form.highest = config.number("fmax");
  const double rate = config.count("sampling_rate");
  if (form.bands > kMostBands || !(form.lowest >= 0) || !(form.lowest < form.highest) ||
      !(form.highest <= rate / 2)) {
    fail("{}: {} bands from {} to {} Hz cannot be converted; up to {}, below half the rate, can be",
         config.path(), form.bands, form.lowest, form.highest, kMostBands);
  }
  form.bins = front.spectrum.size / 2 + 1;
  form.bin_width = rate / front.spectrum.size;
  form.by_mel = true;
  front.filter_weights = mel_filters(form, front.filters);
  front.bins = 1;  // as many as bands hear
  for (size_t j = 0; j < front.filters.firsts.size(); ++j) {
    front.bins = std::max(front.bins, front.filters.firsts[j] + front.filters.counts[j]);
  }
  front.logarithm.least = static_cast<float>(config.positive("mel_floor"));
  front.logarithm.factor = static_cast<float>(std::numbers::ln2);
}

// The discrete cosine transform, of orthogonal rows but for the first one's length.
void add_cosines(uint32_t coefficients, FrontEndSpec& front) {
  const auto bands = static_cast<uint32_t>(front.filters.firsts.size());
  for (uint32_t i = 0; i < coefficients; ++i) {
    front.cepstrum.firsts.push_back(0);
    front.cepstrum.counts.push_back(bands);
    for (uint32_t j = 0; j < bands; ++j) {
      const double angle = std::numbers::pi * i * (j + 0.5) / bands;
      front.cepstrum_weights.push_back(
          static_cast<float>(std::sqrt(2.0 / bands) * std::cos(angle)));
    }
  }
}

}  // namespace

void Extractor::read_cepstrum(uint32_t coefficients, uint32_t frames, FrontEndSpec& front,
                              schema::AudioT& audio) const {
  const Config config(values_, path_);
  front.samples = true;
  read_frames(config, front);
  read_bands(config, front);
  if (config.count("feature_size") != coefficients || coefficients > front.filters.firsts.size()) {
    fail("{}: feature_size is {}, the config's {}; they must be the same, at most num_mel_bins",
         path_, config.count("feature_size"), coefficients);
  }
  add_cosines(coefficients, front);
  finish(config, audio);
  audio.window = front.spectrum.frame + (frames - 1) * front.spectrum.stride;
}

// Checkpoints may hold the tables of a front end, which must be those of the extractor's numbers.
void expect_table(const Checkpoint& checkpoint, const std::string& name,
                  const std::vector<float>& numbers, const std::string& path) {
  if (!checkpoint.tensors.contains(name)) return;
  std::vector<float> stored(numbers.size());
  if (checkpoint.at(name).elements() == stored.size()) checkpoint.read(name, 0, stored);
  double largest = 0, difference = checkpoint.at(name).elements() == stored.size() ? 0 : INFINITY;
  for (size_t i = 0; i < numbers.size(); ++i) {
    largest = std::max(largest, std::abs(double{numbers[i]}));
    difference = std::max(difference, std::abs(double{numbers[i]} - double{stored[i]}));
  }
  if (difference <= kTolerance * largest) return;
  fail("{}: tensor {} holds other numbers than {} implies; one of them is wrong", checkpoint.path,
       name, path);
}

}  // namespace fovea::tools
