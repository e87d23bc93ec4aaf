// Keyword transformers that take the next samples of a stream: any cutting of them gives the bits
// that the last window has by itself, in the model that takes windows.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/same_bits.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/error.h"
#include "tools/session/session.h"

namespace fovea::test {
namespace {

using Floats = std::vector<float>;
using nlohmann::json;

constexpr uint32_t kWidth = 16, kFeedForward = 24, kFrames = 9, kCoefficients = 5, kLabels = 3;

// The sizes of a front end.
struct Front {
  uint32_t frame = 40, hop = 16, size = 64;
  uint32_t window() const { return frame + (kFrames - 1) * hop; }
};

// A folder with a keyword transformer at random, and what it makes of samples.
class Folder {
 public:
  explicit Folder(const Front& front) {
    config = {{"arch", "kwt"},
              {"num_layers", 1},
              {"d_model", kWidth},
              {"num_heads", 2},
              {"mlp_dim", kFeedForward},
              {"num_frames", kFrames},
              {"num_mfcc", kCoefficients},
              {"labels", {"_silence_", "yes", "no"}}};
    extractor = {{"feature_extractor_type", "MfccFeatureExtractor"},
                 {"sampling_rate", 1000},
                 {"frame_length", front.frame},
                 {"hop_length", front.hop},
                 {"n_fft", front.size},
                 {"num_mel_bins", 8},
                 {"fmin", 20},
                 {"fmax", 450},
                 {"mel_floor", 1e-6},
                 {"feature_size", kCoefficients}};
    add("class_embedding", {1, 1, kWidth});
    add("position_embedding", {1, kFrames + 1, kWidth});
    linear("proj", kWidth, kCoefficients);
    for (const char* part : {"q", "k", "v", "o"}) {
      linear(std::string("layers.0.attn.") + part, kWidth, kWidth);
    }
    linear("layers.0.mlp.fc1", kFeedForward, kWidth);
    linear("layers.0.mlp.fc2", kWidth, kFeedForward);
    for (const char* norm : {"layers.0.norm1", "layers.0.norm2"}) {
      add(std::string(norm) + ".weight", {kWidth});
      add(std::string(norm) + ".bias", {kWidth});
    }
    linear("head", kLabels, kWidth);
  }

  void add(const std::string& name, const std::vector<uint32_t>& shape) {
    size_t count = 1;
    for (const uint32_t extent : shape) count *= extent;
    Floats values;
    for (size_t i = 0; i < count; ++i) {
      values.push_back(std::uniform_real_distribution<float>(-0.5f, 0.5f)(random_));
    }
    tensors.push_back({name, shape, std::move(values)});
  }

  std::string convert(const tools::Maxima& maxima, const std::string& weights = "f32",
                      const std::string& name = "m.fovea") const {
    write_safetensors(folder_.file("model.safetensors"), tensors);
    std::ofstream(folder_.file("config.json")) << config;
    if (!extractor.is_null()) {
      std::ofstream(folder_.file("preprocessor_config.json")) << extractor;
    }
    tools::ConvertOptions options;
    options.cache = cache;
    options.input = folder_.path();
    options.output = folder_.file(name);
    options.maxima = maxima;
    options.format = weights;
    options.quiet = true;
    tools::convert(options);
    return options.output;
  }

  std::string cache = "f32";
  json config, extractor;
  std::vector<SavedTensor> tensors;

 private:
  void linear(const std::string& name, uint32_t outputs, uint32_t columns) {
    add(name + ".weight", {outputs, columns});
    add(name + ".bias", {outputs});
  }

  TemporaryFolder folder_;
  std::mt19937 random_ = std::mt19937(5);
};

// Sample `t` of a sequence: silence comes again and again.
float sample(uint32_t sequence, uint32_t t) {
  const auto s = static_cast<float>(sequence + 1);
  return t / 500 % 3 == 2 ? 0.0f : 0.4f * std::sin(0.3f * s * static_cast<float>(t % 997));
}

class Stream {
 public:
  Stream(const std::string& stream, const std::string& window, const Front& front, uint32_t batch)
      : file_(stream),
        window_file_(window),
        session_(file_, 1, ""),
        window_(window_file_, 1, ""),
        front_(front),
        batch_(batch) {}

  // The logits of the last window by itself; those of `next` for so many hops more.
  Floats window() const {
    const Method method = file_.check(window_->method("forward"));
    fill(method, front_.window(), heard_ - front_.window());
    file_.check(method.run());
    return logits(method);
  }
  Floats next(uint32_t hops) {
    file_.check(session_->set_dim("hops", hops));
    const Method method = file_.check(session_->method("next"));
    fill(method, hops * front_.hop, heard_);
    file_.check(method.run());
    heard_ += hops * front_.hop;
    return logits(method);
  }
  void reset() {
    for (uint32_t s = 0; s < batch_; ++s) file_.check(session_->reset(s));
    heard_ = 0;
  }
  bool is_full() const { return heard_ >= front_.window(); }

 private:
  void fill(const Method& method, uint32_t count, uint32_t first) const {
    const Tensor<float> x = file_.check(method.input<float>("samples"));
    REQUIRE(x.size() == size_t{batch_} * count);
    for (uint32_t s = 0; s < batch_; ++s) {
      for (uint32_t t = 0; t < count; ++t) x[size_t{s} * count + t] = sample(s, first + t);
    }
  }
  Floats logits(const Method& method) const {
    const Tensor<float> made = file_.check(method.output<float>("logits"));
    REQUIRE(made.size() == batch_ * kLabels);
    return {made.begin(), made.end()};
  }

  tools::ModelFile file_, window_file_;
  tools::BoundSession session_, window_;
  Front front_;
  uint32_t batch_, heard_ = 0;
};

void check_stream(const Front& front, uint32_t batch, uint32_t hops, const std::string& weights) {
  CAPTURE(front.frame);
  CAPTURE(batch);
  const Folder folder(front);
  tools::Maxima maxima;
  if (batch > 1) maxima["batch"] = batch;
  const std::string window = folder.convert(maxima, weights, "window.fovea");
  maxima["hops"] = hops;
  Stream stream(folder.convert(maxima, weights), window, front, batch);
  std::mt19937 random(7);
  bool differ = false;
  Floats last;
  for (int i = 0; i < 120; ++i) {
    if (i == 60) stream.reset();
    const Floats made = stream.next(1 + static_cast<uint32_t>(random() % hops));
    if (!stream.is_full()) continue;
    CHECK(same_bits(made, stream.window()));
    differ = differ || !(made == last);
    last = made;
  }
  CHECK(differ);
}

template <typename F>
std::string refused_usage(F f) {
  try {
    f();
  } catch (const tools::UsageError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("any cutting of samples into chunks gives the bits of the whole") {
  check_stream({}, 1, 4, "f32");
  check_stream({48, 16, 64}, 1, 13, "f32");  // frames are whole hops, runs longer than a window
  check_stream({16, 16, 16}, 1, 1, "f32");   // frames do not overlap
  check_stream({}, 3, 4, "f32");
  check_stream({}, 1, 4, "int8");
}

void convert_folder(const std::string& folder, const std::string& path,
                    const tools::Maxima& maxima) {
  tools::ConvertOptions options;
  options.input = folder;
  options.output = path;
  options.maxima = maxima;
  options.quiet = true;
  tools::convert(options);
}

// Samples of a recording as convolutions take them: tokens come by hops of 6, 2 of them from before
// it (taps of 5, 3 and 2, strides of 3, 2 and 1).
void check_convolutions(const std::string& folder, uint32_t batch) {
  CAPTURE(folder);
  constexpr uint32_t kHop = 6, kLate = 2, kHops = 40, kMost = 5;
  const TemporaryFolder out;
  tools::Maxima maxima;
  if (batch > 1) maxima["batch"] = batch;
  convert_folder(folder, out.file("whole.fovea"), maxima);
  maxima["hops"] = kMost;
  convert_folder(folder, out.file("stream.fovea"), maxima);
  const tools::ModelFile whole_file(out.file("whole.fovea")), file(out.file("stream.fovea"));
  const tools::BoundSession whole(whole_file, 1, ""), stream(file, 1, "");
  const auto fill = [&](const Tensor<float>& x, uint32_t first) {
    const auto count = static_cast<uint32_t>(x.size() / batch);
    for (uint32_t i = 0; i < x.size(); ++i) x[i] = sample(i / count, first + i % count);
  };
  file.check(whole->set_dim("samples", kHops * kHop));
  const Method all = file.check(whole->method("encode"));
  fill(file.check(all.input<float>("samples")), 0);
  file.check(all.run());
  const Tensor<float> hidden = file.check(all.output<float>("hidden"));
  std::vector<Floats> tokens(batch);  // of each sequence, one after the other
  size_t width = 0;
  std::mt19937 random(9);
  for (uint32_t hop = 0; hop < kHops;) {
    const auto hops = std::min(1 + static_cast<uint32_t>(random() % kMost), kHops - hop);
    file.check(stream->set_dim("hops", hops));
    const Method next = file.check(stream->method("next"));
    fill(file.check(next.input<float>("samples")), hop * kHop);
    file.check(next.run());
    const Tensor<float> made = file.check(next.output<float>("features"));
    width = made.width();
    REQUIRE(made.size() == batch * hops * width);
    for (uint32_t s = 0; s < batch; ++s) {
      const float* first = made.data() + s * hops * width;
      tokens[s].insert(tokens[s].end(), first, first + hops * width);
    }
    hop += hops;
  }
  file.check(stream->set_dim("tokens", kHops - kLate));
  const Method encode = file.check(stream->method("encode"));
  const Tensor<float> features = file.check(encode.input<float>("features"));
  REQUIRE(features.size() == batch * (kHops - kLate) * width);
  float* to = features.data();
  for (const Floats& made : tokens) to = std::copy(made.begin() + kLate * width, made.end(), to);
  file.check(encode.run());
  const Tensor<float> found = file.check(encode.output<float>("hidden"));
  CHECK(same_bits(Floats(found.begin(), found.end()), Floats(hidden.begin(), hidden.end())));
}

TEST_CASE("convolutions of a recording that comes in chunks make the tokens of the whole") {
  for (const char* name : {"/wav2vec2-1", "/wav2vec2-2", "/hubert-1", "/hubert-2"}) {
    check_convolutions(std::string(FOVEA_FAMILIES) + name, 1);
  }
  check_convolutions(FOVEA_FAMILIES "/wav2vec2-1", 2);
}

TEST_CASE("streams that cannot be converted are refused by name") {
  Folder folder{Front()};
  const auto check = [](const std::string& line, const char* part) {
    CHECK_MESSAGE(line.find(part) != std::string::npos, line);
    CHECK(line.find('\n') == std::string::npos);
  };
  check(refused_usage([&] { folder.convert({{"hops", 5000}}); }), "--max hops=5000");
  folder.cache = "f16";
  check(refused_usage([&] { folder.convert({{"hops", 4}}); }), "no cache of keys and values");
  Folder features{Front()};
  features.extractor = nullptr;
  check(refused_usage([&] {
          features.convert({{"hops", 4}});
        }),
        "--max hops: this model has no such dim");
  const auto check_folder = [&](const std::string& path, const char* part) {
    const TemporaryFolder out;
    check(refused_usage([&] { convert_folder(path, out.file("m.fovea"), {{"hops", 4}}); }), part);
  };
  check_folder(FOVEA_SPEECH "/ctc", "do_normalize");
  check_folder(FOVEA_SPEECH "/whisper", "look at a whole recording");
  check_folder(FOVEA_FAMILIES "/wav2vec2-3", "do_normalize");
  check_folder(FOVEA_FAMILIES "/hubert-3", "conv_layers.0.layer_norm is over a whole recording");
  check_folder(FOVEA_FAMILIES "/moonshine-1", "groupnorm is over a whole recording");
  check_folder(FOVEA_FAMILIES "/audio-spectrogram-transformer-2", "look at a whole recording");
}

TEST_CASE("what an extractor of cepstral coefficients says and is not understood is refused") {
  const auto refuse = [](const char* key, const json& value, const auto&... parts) {
    Folder folder{Front()};
    folder.extractor[key] = value;
    check_refusal([&] { folder.convert({}); }, parts...);
  };
  refuse("feature_extractor_type", "WhisperFeatureExtractor", "feature_extractor_type",
         "WhisperFeatureExtractor");
  refuse("frame_length", 65, "frame_length of 65", "n_fft of 64");
  refuse("hop_length", 41, "hop_length of 41");
  refuse("n_fft", 63, "n_fft of 63");
  refuse("fmax", 501, "from 20 to 501 Hz");
  refuse("fmin", 450, "from 450 to 450 Hz");
  refuse("fmin", -1, "from -1 to 450 Hz");
  refuse("num_mel_bins", 1025, "1025 bands");
  refuse("num_mel_bins", 4, "feature_size is 5", "at most num_mel_bins");
  refuse("feature_size", 6, "feature_size is 6", "the config's 5");
  refuse("mel_floor", 0, "mel_floor");
  refuse("dither", 0.1, "dither");
  refuse("windows", "hann", "windows");
}

TEST_CASE("a front end that the config or the checkpoint tells otherwise is refused") {
  const auto refuse = [](const char* key, uint32_t value, const std::string& part) {
    Folder folder{Front()};
    folder.config[key] = value;
    check_refusal([&] { folder.convert({}); }, part);
  };
  refuse("sample_rate", 16000, "sample_rate is 16000");
  refuse("frame_len", 41, "frame_len is 41");
  refuse("hop", 15, "hop is 15");
  for (const auto& [name, shape] : {std::pair("window", std::vector<uint32_t>{40}),
                                    std::pair("mel.weight", std::vector<uint32_t>{8, 30}),
                                    std::pair("dct.weight", std::vector<uint32_t>{5, 8}),
                                    std::pair("dft_re.weight", std::vector<uint32_t>{30, 40}),
                                    std::pair("dft_im.weight", std::vector<uint32_t>{30, 40}),
                                    std::pair("log_floor", std::vector<uint32_t>{1}),
                                    std::pair("inv_std", std::vector<uint32_t>{5}),
                                    std::pair("mean", std::vector<uint32_t>{1})}) {
    Folder folder{Front()};
    folder.add(std::string("frontend.") + name, shape);
    check_refusal([&] { folder.convert({}); }, std::string("frontend.") + name,
                  "preprocessor_config.json");
  }
  Folder features{Front()};
  features.add("frontend.window", {40});  // of a program that makes features
  features.extractor = nullptr;
  features.convert({});
}

}  // namespace fovea::test
