// stories260K from both of its checkpoints, through the converted file and the public API, against
// exact logits and greedy tokens that other implementations agree on.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fovea/fovea.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/skip.h"
#include "tests/support/tiny_model.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

const std::string kData = FOVEA_STORIES;
constexpr size_t kVocabulary = 512, kExactPositions = 16;

struct Converted : TemporaryFolder {
  Converted(const std::string& input) {
    const Outcome outcome =
        fovea("convert " + kData + "/" + input + " --max tokens=256 -o " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  }
  std::string path = file("model.fovea");
};

struct Bound {
  Image file, arena;
  api::Model model;
  api::Session session;

  explicit Bound(const std::string& path) {
    const std::string bytes = read_bytes(path);
    file = Image(bytes.size());
    std::memcpy(file.data(), bytes.data(), bytes.size());
    const auto opened = api::Model::open(file.data(), file.size());
    REQUIRE_MESSAGE(opened, opened.error().message().text);
    model = *opened;
    arena = Image(model.arena().total);
    const auto bound = model.bind(arena.data(), arena.size());
    REQUIRE_MESSAGE(bound, bound.error().message(&model).text);
    session = *bound;
  }

  // The logits after every token.
  std::vector<float> forward(const std::vector<int32_t>& ids) const {
    const uint32_t count = static_cast<uint32_t>(ids.size());
    REQUIRE(session.reset());
    REQUIRE(session.set_dim("tokens", count));
    const auto method = session.method("forward");
    REQUIRE(method->set_input("tokens", {count}, ids.data()));
    REQUIRE(method->run());
    const auto logits = method->output<float>("logits");
    REQUIRE(logits);
    return {logits->begin(), logits->end()};
  }
};

std::vector<int32_t> numbers(const std::string& name) {
  std::istringstream words(read_bytes(kData + "/reference_dev/" + name));
  std::vector<int32_t> result;
  for (int32_t number; words >> number;) result.push_back(number);
  return result;
}

// The doubles at the end of a .npy file.
std::vector<double> exact_logits(const std::string& prompt) {
  const std::string bytes =
      read_bytes(kData + "/reference_dev/" + prompt + ".logits_first16_f64exact.npy");
  std::vector<double> result(kExactPositions * kVocabulary);
  const size_t size = result.size() * sizeof(double);
  REQUIRE(bytes.size() > size);
  std::memcpy(result.data(), bytes.data() + bytes.size() - size, size);
  return result;
}

int32_t best(const float* logits) {
  return static_cast<int32_t>(std::max_element(logits, logits + kVocabulary) - logits);
}

void check_prompt(const Bound& bound, const std::string& prompt) {
  CAPTURE(prompt);
  auto tokens = numbers(prompt + ".all_tokens.txt");
  const size_t prompt_tokens = numbers(prompt + ".prompt_tokens.txt").size();
  const size_t known = tokens.size();
  REQUIRE(known > 100);
  const auto logits = bound.forward({tokens.begin(), tokens.end() - 1});
  const auto exact = exact_logits(prompt);
  double worst = 0;
  for (size_t i = 0; i < exact.size(); ++i)
    worst = std::max(worst, std::fabs(exact[i] - logits[i]));
  MESSAGE(prompt, ": logits differ by at most ", worst);
  CHECK(worst < 1e-4);
  for (size_t i = prompt_tokens - 1; i + 1 < known; ++i) {
    CHECK(best(logits.data() + i * kVocabulary) == tokens[i + 1]);
  }
}

}  // namespace

TEST_CASE("logits and greedy tokens of both checkpoints") {
  if (!std::filesystem::exists(kData + "/stories260K.bin")) {
    return skip("shared/data/stories260K is absent");
  }
  for (const char* input : {"stories260K.bin", "hf_llama_layout"}) {
    CAPTURE(std::string(input));
    const Converted converted(input);
    const Bound bound(converted.path);
    for (const char* prompt : {"p0_empty", "p1_once", "p2_lily"}) check_prompt(bound, prompt);
  }
}

}  // namespace fovea::test
