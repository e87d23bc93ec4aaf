// The recordings that a model takes: what its config and the feature extractor beside it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_AUDIO_INPUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_AUDIO_INPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// As operators allow: numbers of a transform, and bands.
inline constexpr uint32_t kMostSize = 1u << 16, kMostBands = 1024;

// Samples of a recording, which no tensor bounds: at most, and unless asked otherwise (ten
// seconds).
inline constexpr uint32_t kMostSamples = 1u << 24, kUsualSamples = 160000;

// What a feature extractor says, if one is there.
class Extractor {
 public:
  // `type`: feature_extractor_type of the one that the family has.
  Extractor(const Checkpoint& checkpoint, const char* family, const char* type);

  bool is_there() const { return !values_.empty(); }
  const std::string& path() const { return path_; }

  // Samples as they are, or of mean 0 and variance 1.
  void read_samples(FrontEndSpec& front, schema::AudioT& audio) const;
  // Log-mel frames as Whisper's: `mels` numbers each, `frames` of them.
  void read_log_mels(uint32_t mels, uint32_t frames, FrontEndSpec& front,
                     schema::AudioT& audio) const;
  // Log-mel frames as Kaldi's, `bands` numbers each. Returns what stands for frames that a
  // recording does not have of the `frames` that there are.
  float read_filter_banks(uint32_t bands, uint32_t frames, FrontEndSpec& front,
                          schema::AudioT& audio) const;
  // Mel-frequency cepstral coefficients, so many of each frame of so many.
  void read_cepstrum(uint32_t coefficients, uint32_t frames, FrontEndSpec& front,
                     schema::AudioT& audio) const;

 private:
  void expect_filters(const Config& config, const FrontEndSpec& front) const;
  void finish(const Config& config, schema::AudioT& audio) const;

  nlohmann::json values_;
  std::string path_;
  const char* family_;
};

// Throws InputError where the checkpoint has a tensor of this name with other numbers. `path`: the
// file that implies them.
void expect_table(const Checkpoint& checkpoint, const std::string& name,
                  const std::vector<float>& numbers, const std::string& path);

// What generation_config.json says of times, languages and tasks, which are ids below `rows`; of
// positions of the encoder, of which times are multiples.
void read_speech_tokens(const Checkpoint& checkpoint, uint32_t rows, uint32_t positions,
                        schema::AudioT& audio);

// The letters of CTC by id, as vocab.json has them, the one that divides words being a space. Empty
// where there is no such file, or where it has letters by language.
std::vector<std::string> read_letters(const Checkpoint& checkpoint, uint32_t rows);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_AUDIO_INPUT_H_
