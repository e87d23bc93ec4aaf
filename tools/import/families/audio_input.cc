#include "tools/import/families/audio_input.h"

#include <algorithm>
#include <cmath>

#include "tools/checkpoint/beside.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/filters.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr float kLeastPower = 1e-10f;      // of a band, before its logarithm
constexpr float kHighest = 8000;           // Hz, whatever the rate is
constexpr float kLeastVariance = 1e-7f;    // of samples
constexpr double kFilterTolerance = 1e-5;  // of the largest stored number

// Names and ids of an object in which the one stands for the other.
void read_names(const json& values, const char* key, const std::string& path, uint32_t rows,
                std::vector<std::string>& names, std::vector<int32_t>& ids) {
  const auto found = values.find(key);
  if (found == values.end() || found->is_null()) return;
  if (!found->is_object()) fail("{}: {} is no object of ids", path, key);
  for (const auto& [name, id] : found->items()) {
    if (!id.is_number_unsigned() || id >= rows) {
      fail("{}: {} says {} is {}; the model has {} ids", path, key, name, show_json(id), rows);
    }
    const bool framed = name.starts_with("<|") && name.ends_with("|>") && name.size() > 4;
    names.push_back(framed ? name.substr(2, name.size() - 4) : name);
    ids.push_back(id);
  }
}

}  // namespace

void read_speech_tokens(const Checkpoint& checkpoint, uint32_t rows, uint32_t positions,
                        schema::AudioT& audio) {
  std::string path;
  const json values = read_beside(checkpoint, "generation_config.json", &path);
  read_names(values, "lang_to_id", path, rows, audio.languages, audio.language_ids);
  read_names(values, "task_to_id", path, rows, audio.tasks, audio.task_ids);
  const Config config(values, path);
  const int32_t none = config.token("no_timestamps_token_id");
  if (none < 0) return;
  const uint64_t window = uint64_t{audio.window} * 1000, each = uint64_t{audio.rate} * positions;
  if (static_cast<uint32_t>(none) + 1 >= rows || each == 0 || window % each != 0) {
    fail(
        "{}: no_timestamps_token_id of {}, of {} ids, is not followed by times of whole "
        "milliseconds",
        path, none, rows);
  }
  audio.no_times = none;
  audio.first_time = none + 1;
  audio.step = static_cast<uint32_t>(window / each);
  audio.latest_first = config.count("max_initial_timestamp_index", rows);
}

std::vector<std::string> read_letters(const Checkpoint& checkpoint, uint32_t rows) {
  std::string path, tokenizer_path;
  const json values = read_beside(checkpoint, "vocab.json", &path);
  const json tokenizer = read_beside(checkpoint, "tokenizer_config.json", &tokenizer_path);
  const json delimiter = tokenizer.value("word_delimiter_token", json("|"));
  std::vector<std::string> letters(values.empty() ? 0 : rows);
  for (const auto& [letter, id] : values.items()) {
    if (id.is_object()) return {};
    if (!id.is_number_unsigned() || id >= rows) {
      fail("{}: {} is {}; the model has {} ids", path, letter, show_json(id), rows);
    }
    letters[id.get<size_t>()] = delimiter == letter ? " " : letter;
  }
  return letters;
}

Extractor::Extractor(const Checkpoint& checkpoint, const char* family, const char* type)
    : family_(family) {
  values_ = read_beside(checkpoint, "preprocessor_config.json", &path_);
  if (values_.empty()) {
    const json all = read_beside(checkpoint, "processor_config.json", &path_);
    if (all.contains("feature_extractor")) values_ = all.at("feature_extractor");
  }
  if (is_there()) Config(values_, path_).choice("feature_extractor_type", type, {type});
}

// How recordings are made as long as each other, which is the caller's, and what else is no number.
void Extractor::finish(const Config& config, schema::AudioT& audio) const {
  audio.rate = config.count("sampling_rate");
  if (config.number("dither", 0) != 0) {
    fail("{}: dither of {} adds noise; 0 can be converted", path_, config.number("dither"));
  }
  if (config.number("padding_value", 0) != 0) {
    fail("{}: padding_value is {}; 0 can be converted", path_, config.number("padding_value"));
  }
  config.skip({"feature_extractor_type", "processor_class", "_processor_class",
               "return_attention_mask", "padding_side", "return_tensors"});
  config.expect_all_read(family_);
}

void Extractor::read_samples(FrontEndSpec& front, schema::AudioT& audio) const {
  front.samples = true;
  const Config config(values_, path_);
  if (config.count("feature_size", 1) != 1) {
    fail("{}: feature_size is {}; the model takes samples, 1", path_, config.count("feature_size"));
  }
  if (config.flag("do_normalize", true)) front.norm.emplace().epsilon = kLeastVariance;
  finish(config, audio);
}

void Extractor::read_log_mels(uint32_t mels, uint32_t frames, FrontEndSpec& front,
                              schema::AudioT& audio) const {
  const Config config(values_, path_);
  front.samples = true;
  const uint32_t size = config.count("n_fft", 400), hop = config.count("hop_length", 160);
  const uint32_t bands = config.count("feature_size", 80), rate = config.count("sampling_rate");
  if (size > kMostSize || size % 2 != 0 || hop > size / 2) {
    fail(
        "{}: n_fft of {} and hop_length of {} cannot be converted; an even n_fft of at most {}, "
        "and "
        "hops of at most half of it, can be",
        path_, size, hop, kMostSize);
  }
  if (bands != mels || bands > kMostBands) {
    fail("{}: feature_size is {}, the config's num_mel_bins {}; they must be the same, at most {}",
         path_, bands, mels, kMostBands);
  }
  const uint64_t window = uint64_t{config.count("chunk_length", 30)} * rate;
  if (window / hop != frames) {
    fail(
        "{}: chunk_length, sampling_rate and hop_length make {} frames, the config's "
        "max_source_positions takes {}; one of them is wrong",
        path_, window / hop, frames);
  }
  audio.window = static_cast<uint32_t>(window);
  front.bins = size / 2 + 1;
  front.spectrum.frame = front.spectrum.size = size;
  front.spectrum.stride = hop;
  // One frame less than there would be with as many samples more behind as before.
  front.spectrum.before = size / 2;
  front.spectrum.after = size / 2 - hop;
  front.spectrum.padding = schema::PaddingKind::Reflected;
  front.window = raised_cosine(size, size);
  MelForm form = {MelForm::kSlaney, bands, 0, kHighest};
  form.bins = front.bins;
  form.bin_width = static_cast<double>(rate / 2) / (front.bins - 1);
  form.areas = true;
  front.filter_weights = mel_filters(form, front.filters);
  if (config.has("mel_filters")) expect_filters(config, front);
  front.logarithm.least = kLeastPower;
  front.logarithm.factor = static_cast<float>(std::log10(2.0));
  // Eight powers of ten below the largest number; then a quarter, and 1 more.
  schema::DynamicRangeT& range = front.range.emplace();
  range.range = 8;
  range.factor = 0.25f;
  range.offset = 1;
  config.skip({"n_samples", "nb_max_frames"});  // of the others
  finish(config, audio);
}

// Older files hold the filters, which must be those of the other numbers: [bands][bins].
void Extractor::expect_filters(const Config& config, const FrontEndSpec& front) const {
  const json& stored = config.at("mel_filters");
  const size_t bands = front.filters.firsts.size();
  const auto wrong = [&] {
    fail("{}: mel_filters are others than feature_size, n_fft and sampling_rate imply", path_);
  };
  if (!stored.is_array() || stored.size() != bands) wrong();
  double largest = 0, difference = 0;
  const float* weight = front.filter_weights.data();
  for (size_t j = 0; j < bands; ++j) {
    const json& band = stored[j];
    if (!band.is_array() || band.size() != front.bins) wrong();
    const uint32_t first = front.filters.firsts[j], count = front.filters.counts[j];
    for (uint32_t k = 0; k < front.bins; ++k) {
      if (!band[k].is_number()) wrong();
      const bool within = k >= first && k < first + count;
      const double found = band[k], needed = within ? double{weight[k - first]} : 0.0;
      largest = std::max(largest, std::abs(found));
      difference = std::max(difference, std::abs(found - needed));
    }
    weight += count;
  }
  if (difference > kFilterTolerance * largest) wrong();
}

}  // namespace fovea::tools
