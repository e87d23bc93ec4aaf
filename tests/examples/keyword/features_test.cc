// The front end that preprocessor_config.json of examples/keyword says, as operators, against its
// definition and the features that KWT-1 was trained on.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "kernels/kernels.h"
#include "runtime/preamble.h"
#include "tests/examples/keyword/mfcc_oracle.h"
#include "tests/examples/keyword/reference.h"
#include "tests/examples/keyword/signals.h"
#include "tests/support/temporary_folder.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/front_end.h"
#include "tools/plan/plan.h"
#include "tools/session/session.h"
#include "tools/write/write.h"

namespace keyword::test {
namespace {

using namespace fovea;

constexpr size_t kFrames = 98, kCoefficients = 40, kFrame = 480, kStride = 160, kSecond = 16000;

// A model of nothing but the front end, of one second.
class FrontEnd {
 public:
  FrontEnd() : path_(folder_.file("front.fovea")) {
    tools::Checkpoint checkpoint;
    checkpoint.path = "examples/keyword";
    checkpoint.format = "safetensors";
    const tools::Extractor extractor(checkpoint, "kwt", "MfccFeatureExtractor");
    REQUIRE(extractor.is_there());
    tools::FrontEndSpec front;
    schema::AudioT audio;
    extractor.read_cepstrum(kCoefficients, kFrames, front, audio);
    CHECK(audio.rate == 16000);
    REQUIRE(audio.window == kSecond);
    tools::Graph graph;
    graph.model.format = kFormatVersion;
    graph.model.arithmetic_revision = kernels::kArithmeticRevision;
    tools::Weights weights(checkpoint, graph);
    tools::MethodBuilder method(graph, "forward", -1);
    const int32_t x = method.input("samples", schema::DType::Float32, {{kSecond}, {1}});
    method.output(tools::add_front_end(x, front, weights, method), "features");
    method.finish();
    tools::plan(graph.model);
    const uint64_t size = tools::place_weights(graph.model);
    const auto pack = [&](const tools::ByteSink& sink) {
      tools::pack_weights(checkpoint, graph, sink);
    };
    tools::write_model(graph.model, size, pack, path_);
  }

  std::vector<float> features(const std::vector<int16_t>& samples) const {
    const tools::ModelFile file(path_);
    const tools::BoundSession session(file, 1, "");
    const Method method = file.check(session->method("forward"));
    const Tensor<float> input = file.check(method.input<float>("samples"));
    std::transform(samples.begin(), samples.end(), input.data(),
                   [](int16_t s) { return static_cast<float>(s) / 32768.0f; });
    file.check(method.run());
    const Tensor<float> made = file.check(method.output<float>("features"));
    return {made.begin(), made.end()};
  }

 private:
  fovea::test::TemporaryFolder folder_;
  std::string path_;
};

TEST_CASE("a frame is what its definition says") {
  const FrontEnd front;
  for (const Signal& signal : kSignals) {
    CAPTURE(signal.name);
    const std::vector<int16_t> samples = samples_of(signal, kSecond);
    const std::vector<float> features = front.features(samples);
    REQUIRE(features.size() == kFrames * kCoefficients);
    for (size_t f = 0; f < kFrames; f += 19) {
      CAPTURE(f);
      const auto frame = mfcc_by_definition(
          std::span<const int16_t, kFrame>(samples.data() + f * kStride, kFrame));
      for (size_t i = 0; i < kCoefficients; ++i) {
        CAPTURE(i);
        CHECK(std::abs(double{features[f * kCoefficients + i]} - frame.coefficients[i]) <=
              frame.tolerance);
      }
    }
  }
}

TEST_CASE("silence has the floor's features") {
  const FrontEnd front;
  const std::vector<float> features = front.features(std::vector<int16_t>(kSecond));
  CHECK(features[0] == doctest::Approx(80 * std::sqrt(2.0 / 80) * std::log(1e-12)));
}

TEST_CASE("the features are those that KWT-1 was trained on") {
  if (!have_reference()) return;
  const FrontEnd front;
  for (const Clip& clip : kClips) {
    CAPTURE(clip.name);
    const std::vector<float> expected = reference_mfcc(clip);
    const std::vector<float> found = front.features(reference_samples(clip));
    REQUIRE(found.size() == expected.size());
    float worst = 0.0f;
    for (size_t i = 0; i < found.size(); ++i) {
      worst = std::max(worst, std::abs(found[i] - expected[i]));
    }
    std::printf("%s: features differ by at most %.2g\n", clip.name, double{worst});
    CHECK(worst < 2e-4f);  // README.md states it
  }
}

}  // namespace
}  // namespace keyword::test
