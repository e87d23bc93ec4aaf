// Features that operators make of samples, against those of transformers' feature extractors
// (tests/speech/make.py), at the sizes that models have.

#include "tools/import/front_end.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/mapped_file.h"
#include "tools/import/families/audio_input.h"
#include "tools/plan/plan.h"
#include "tools/session/session.h"
#include "tools/write/write.h"

namespace fovea::test {
namespace {

using Floats = std::vector<float>;

constexpr uint32_t kSamples = 16000, kFrames = 100;

// As tests/speech/make.py has it.
Floats signal() {
  Floats made;
  for (int t = 0; t < int{kSamples}; ++t) {
    const double s = t / 16000.0;
    const double tone =
        0.5 * std::exp(-4 * s) * std::sin(2 * std::numbers::pi * (200 * s + 1500 * s * s));
    const double noise = (t * 7919 % 1009 - 504) / 504000.0;
    made.push_back(static_cast<float>(std::floor(32768 * (tone + noise) + 0.5) / 32768));
  }
  return made;
}

std::string folder_of(const char* name) {
  return std::string(FOVEA_SPEECH) + "/" + name;
}

tools::FrontEndSpec front_of(const std::string& folder, uint32_t bands) {
  tools::Checkpoint checkpoint;
  checkpoint.path = folder;
  checkpoint.format = "safetensors";
  const tools::Extractor extractor(checkpoint, "whisper", "WhisperFeatureExtractor");
  REQUIRE(extractor.is_there());
  tools::FrontEndSpec front;
  schema::AudioT audio;
  extractor.read_log_mels(bands, kFrames, front, audio);
  CHECK(audio.rate == 16000);
  CHECK(audio.window == kSamples);
  return front;
}

tools::FrontEndSpec filter_banks_of(const std::string& folder, uint32_t bands, uint32_t frames) {
  tools::Checkpoint checkpoint;
  checkpoint.path = folder;
  checkpoint.format = "safetensors";
  const tools::Extractor extractor(checkpoint, "ast", "ASTFeatureExtractor");
  REQUIRE(extractor.is_there());
  tools::FrontEndSpec front;
  schema::AudioT audio;
  const float fill = extractor.read_filter_banks(bands, frames, front, audio);
  CHECK(fill == doctest::Approx(4.2677393 / (2 * 4.5689974)));
  CHECK(audio.rate == 16000);
  CHECK(audio.window == 400 + 160 * (frames - 1));
  return front;
}

// A model of nothing but the front end.
void write_front(const tools::FrontEndSpec& front, const std::string& path) {
  const tools::Checkpoint checkpoint;
  tools::Graph graph;
  graph.model.format = kFormatVersion;
  graph.model.arithmetic_revision = kernels::kArithmeticRevision;
  graph.model.dims.push_back(std::make_unique<schema::DimT>());
  graph.model.dims[0]->name = "samples";
  graph.model.dims[0]->max = kSamples;
  tools::Weights weights(checkpoint, graph);
  tools::MethodBuilder method(graph, "encode", -1);
  const int32_t x = method.input("samples", schema::DType::Float32, method.rows({1, 0}, 1));
  method.output(tools::add_front_end(x, front, weights, method), "features");
  method.finish();
  tools::plan(graph.model);
  const uint64_t size = tools::place_weights(graph.model);
  const auto pack = [&](const tools::ByteSink& sink) {
    tools::pack_weights(checkpoint, graph, sink);
  };
  tools::write_model(graph.model, size, pack, path);
}

Floats features_of(const std::string& path, const Floats& samples, const std::string& row) {
  const tools::ModelFile file(path);
  const tools::BoundSession session(file, 1, row);
  file.check(session->set_dim("samples", static_cast<uint32_t>(samples.size())));
  const Method method = file.check(session->method("encode"));
  const Tensor<float> input = file.check(method.input<float>("samples"));
  std::copy(samples.begin(), samples.end(), input.data());
  file.check(method.run());
  const Tensor<float> made = file.check(method.output<float>("features"));
  return {made.begin(), made.end()};
}

// The largest difference of each 9th frame from the folder's reference.
double worst_ninth(const Floats& made, const std::string& folder, uint32_t bands) {
  tools::Checkpoint reference;
  tools::add_safetensors(tools::MappedFile(folder + "/reference.safetensors"), reference);
  Floats wanted(reference.tensors.at("features").elements());
  reference.read("features", 0, wanted);
  double worst = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const float found = made[i / bands * 9 * bands + i % bands];
    worst = std::max(worst, std::abs(double{found} - wanted[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE(
    "log-mel features are those of transformers' extractor, with the same bits on every row") {
  for (const uint32_t bands : {80u, 128u}) {
    CAPTURE(bands);
    const std::string folder = folder_of(bands == 80 ? "features-80" : "features-128");
    const TemporaryFolder out;
    write_front(front_of(folder, bands), out.file("m.fovea"));
    tools::Checkpoint reference;
    tools::add_safetensors(tools::MappedFile(folder + "/reference.safetensors"), reference);
    Floats wanted(reference.tensors.at("features").elements());
    reference.read("features", 0, wanted);
    const Floats made = features_of(out.file("m.fovea"), signal(), "");
    REQUIRE(made.size() == kFrames * bands);
    double worst = 0, least = 1e9, most = -1e9;
    for (size_t i = 0; i < wanted.size(); ++i) {
      const float found = made[i / bands * 9 * bands + i % bands];
      worst = std::max(worst, std::abs(double{found} - wanted[i]));
      least = std::min(least, double{wanted[i]});
      most = std::max(most, double{wanted[i]});
    }
    MESSAGE("features of ", bands, " bands differ by ", worst);
    CHECK(worst < 1e-4);
    CHECK(most - least > 1.5);  // of the 2 that there are at most
    for (const std::string& row : tools::usable_rows()) {
      CHECK(features_of(out.file("m.fovea"), signal(), row) == made);
    }
  }
}

TEST_CASE("filter banks are those of transformers' extractor, with the same bits on every row") {
  constexpr uint32_t kBands = 128, kFrames = 98;
  const std::string folder = folder_of("filter-banks");
  const TemporaryFolder out;
  write_front(filter_banks_of(folder, kBands, kFrames), out.file("m.fovea"));
  const Floats made = features_of(out.file("m.fovea"), signal(), "");
  REQUIRE(made.size() == kFrames * kBands);
  const double worst = worst_ninth(made, folder, kBands);
  MESSAGE("filter banks differ by ", worst);
  CHECK(worst < 1e-4);
  for (const std::string& row : tools::usable_rows()) {
    CHECK(features_of(out.file("m.fovea"), signal(), row) == made);
  }
}

TEST_CASE("extractors that make other filter banks are refused by the key") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& from, const std::string& to, const char* part) {
    std::string text =
        R"({"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": 128, "max_length": 98,
            "sampling_rate": 16000, "mean": -4, "std": 4})";
    text.replace(text.find(from), from.size(), to);
    write_bytes(folder.file("preprocessor_config.json"), text);
    check_refusal([&] { filter_banks_of(folder.path(), 128, 98); }, "preprocessor_config.json",
                  part);
  };
  refused("128", "64", "num_mel_bins is 64");
  refused("98", "99", "max_length is 99");
  refused("16000", "8000", "sampling_rate is 8000");
  refused("\"std\": 4", "\"std\": 0", "std");
  refused("{", "{\"padding_value\": 1,", "padding_value");
  refused("{", "{\"unheard\": 1,", "unheard");
}

TEST_CASE("shorter recordings have as many frames as hops") {
  const TemporaryFolder out;
  write_front(front_of(folder_of("features-128"), 128), out.file("m.fovea"));
  const Floats all = signal();
  for (const size_t count : {size_t{160}, size_t{161}, size_t{479}, size_t{1600}}) {
    const Floats made = features_of(out.file("m.fovea"),
                                    {all.begin(), all.begin() + static_cast<ptrdiff_t>(count)}, "");
    CHECK(made.size() == count / 160 * 128);
  }
}

TEST_CASE("extractors that make other features are refused by the key") {
  const TemporaryFolder folder;
  const auto refused = [&](const char* json, const char* a, const char* b) {
    write_bytes(folder.file("preprocessor_config.json"), json);
    check_refusal([&] { front_of(folder.path(), 80); }, "preprocessor_config.json", a, b);
  };
  const std::string good =
      R"("feature_extractor_type": "WhisperFeatureExtractor", "chunk_length": 1,
                             "sampling_rate": 16000)";
  const auto with = [&](const std::string& more) { return "{" + good + "," + more + "}"; };
  refused(R"({"feature_extractor_type": "SpeechT5FeatureExtractor"})", "feature_extractor_type",
          "");
  refused(with(R"("n_fft": 401)").c_str(), "n_fft", "401");
  refused(with(R"("hop_length": 201)").c_str(), "hop_length", "201");
  refused(with(R"("feature_size": 64)").c_str(), "feature_size", "64");
  refused(with(R"("hop_length": 100)").c_str(), "max_source_positions", "160 frames");
  refused(with(R"("dither": 0.5)").c_str(), "dither", "0.5");
  refused(with(R"("padding_value": 1.0)").c_str(), "padding_value", "");
  refused(with(R"("mel_filters": [[1]])").c_str(), "mel_filters", "");
  refused(with(R"("unheard": 1)").c_str(), "unheard", "");
}

}  // namespace fovea::test
