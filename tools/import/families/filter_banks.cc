// Features as Kaldi has them (Povey et al. 2011): the logarithm of what triangles by mel hear.

#include <cmath>
#include <numbers>

#include "tools/common/error.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/filters.h"

namespace fovea::tools {
namespace {

// transformers has these numbers whatever the rate is, torchaudio, which it prefers, milliseconds:
// they are the same at one rate.
constexpr uint32_t kRate = 16000, kFrame = 400, kHop = 160, kSize = 512;
constexpr double kLowest = 20;                              // Hz
constexpr float kEmphasis = 0.97f;                          // of a sample, by the one before it
constexpr float kLeastKaldiPower = 1.1920928955078125e-7f;  // of a band, before its logarithm

void add_filters(uint32_t bands, FrontEndSpec& front) {
  front.bins = kSize / 2 + 1;
  front.spectrum.frame = kFrame;
  front.spectrum.stride = kHop;
  front.spectrum.size = kSize;
  front.spectrum.centered = true;
  front.spectrum.emphasis = kEmphasis;
  front.window = raised_cosine(kFrame, kFrame - 1);
  MelForm form = {MelForm::kLogarithmic, bands, kLowest, kRate / 2.0};
  form.bins = front.bins;
  form.bin_width = static_cast<double>(kRate) / kSize;
  form.by_mel = true;
  front.filter_weights = mel_filters(form, front.filters);
}

}  // namespace

float Extractor::read_filter_banks(uint32_t bands, uint32_t frames, FrontEndSpec& front,
                                   schema::AudioT& audio) const {
  const Config config(values_, path_);
  front.samples = true;
  if (config.count("num_mel_bins") != bands || bands > kMostBands) {
    fail("{}: num_mel_bins is {}, the config's {}; they must be the same, at most {}", path_,
         config.count("num_mel_bins"), bands, kMostBands);
  }
  if (config.count("max_length") != frames) {
    fail("{}: max_length is {}, the config's {}; they must be the same", path_,
         config.count("max_length"), frames);
  }
  if (config.count("sampling_rate") != kRate) {
    fail("{}: sampling_rate is {}; {} can be converted", path_, config.count("sampling_rate"),
         kRate);
  }
  add_filters(bands, front);
  const bool normalizes = config.flag("do_normalize", true);
  const double mean = normalizes ? config.number("mean") : 0;
  const double spread = normalizes ? 2 * config.positive("std") : 1;
  front.logarithm.least = kLeastKaldiPower;
  front.logarithm.factor = static_cast<float>(std::numbers::ln2 / spread);
  front.logarithm.offset = static_cast<float>(-mean / spread);
  config.skip({"feature_size", "mean", "std"});  // the size says nothing; the others may be unused
  finish(config, audio);
  // What comes after the last of these frames is left out.
  audio.window = kFrame + (frames - 1) * kHop;
  return front.logarithm.offset;
}

}  // namespace fovea::tools
