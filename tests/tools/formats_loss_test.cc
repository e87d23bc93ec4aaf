// What formats of weights cost models that are there: converted, and through the public API.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fovea/fovea.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/skip.h"
#include "tests/support/tiny_model.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

constexpr size_t kVocabulary = 512;

// A model as it is converted with some arguments.
struct Converted : TemporaryFolder {
  Image bytes, arena;
  api::Model model;
  api::Session session;

  explicit Converted(const std::string& arguments) {
    const std::string path = file("model.fovea");
    const Outcome outcome = fovea("convert --quiet " + arguments + " -o " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const std::string text = read_bytes(path);
    bytes = Image(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    const auto opened = api::Model::open(bytes.data(), bytes.size());
    REQUIRE_MESSAGE(opened, opened.error().message().text);
    model = *opened;
    arena = Image(model.arena().total);
    const auto bound = model.bind(arena.data(), arena.size());
    REQUIRE_MESSAGE(bound, bound.error().message(&model).text);
    session = *bound;
    // The fingerprint is what this machine computes, too.
    const Outcome verified = fovea("verify " + path);
    CHECK_MESSAGE(verified.code == 0, verified.err);
  }

  // The logits after each token.
  std::vector<float> forward(const std::vector<int32_t>& tokens) const {
    const auto count = static_cast<uint32_t>(tokens.size());
    REQUIRE(session.set_dim("tokens", count));
    const auto method = session.method("forward");
    REQUIRE(method->set_input("tokens", {count}, tokens.data()));
    REQUIRE(method->run());
    const auto logits = method->output<float>("logits");
    REQUIRE(logits);
    return {logits->begin(), logits->end()};
  }
};

// Minus the logarithm of the softmax, of each token of the vocabulary.
std::vector<double> losses(const float* logits) {
  const double most = *std::max_element(logits, logits + kVocabulary);
  double sum = 0;
  for (size_t i = 0; i < kVocabulary; ++i) sum += std::exp(logits[i] - most);
  std::vector<double> result(kVocabulary);
  for (size_t i = 0; i < kVocabulary; ++i) result[i] = most + std::log(sum) - logits[i];
  return result;
}

// A text that the model makes, one token at a time, each with its probability.
std::vector<int32_t> sampled(const Converted& model, uint32_t seed, size_t count) {
  std::mt19937 random(seed);
  std::vector<int32_t> tokens = {1};
  REQUIRE(model.session.reset());
  while (tokens.size() < count) {
    const std::vector<double> loss = losses(model.forward({tokens.back()}).data());
    double left = static_cast<double>(random()) * 0x1p-32;
    int32_t next = 0;
    while (next + 1 < static_cast<int32_t>(kVocabulary) &&
           (left -= std::exp(-loss[static_cast<size_t>(next)])) > 0) {
      ++next;
    }
    tokens.push_back(next);
  }
  return tokens;
}

// Texts of equal length as an array.
void write_texts(const std::string& path, const std::vector<std::vector<int32_t>>& texts) {
  std::vector<int32_t> all;
  for (const auto& text : texts) all.insert(all.end(), text.begin(), text.end());
  const uint64_t shape[] = {texts.size(), texts[0].size()};
  tools::write_npy(path, FOVEA_INT32, shape,
                   {reinterpret_cast<const uint8_t*>(all.data()), all.size() * sizeof(int32_t)});
}

double mean_loss(const Converted& model, const std::vector<std::vector<int32_t>>& texts) {
  double sum = 0;
  size_t count = 0;
  for (const auto& text : texts) {
    REQUIRE(model.session.reset());
    const std::vector<float> logits = model.forward(text);
    for (size_t i = 0; i + 1 < text.size(); ++i, ++count) {
      sum += losses(&logits[i * kVocabulary])[static_cast<size_t>(text[i + 1])];
    }
  }
  return sum / static_cast<double>(count);
}

// The share of the images that the model gives their label.
double accuracy(const Converted& model) {
  const std::string folder = std::string(FOVEA_EXAMPLES) + "/digits/";
  const std::string images = read_bytes(folder + "test_images.npy");
  const std::string labels = read_bytes(folder + "test_labels.npy");
  constexpr size_t kImages = 360, kPixels = 64;
  const char* image = images.data() + images.size() - kImages * kPixels;
  const char* label = labels.data() + labels.size() - kImages;
  const auto method = model.session.method("forward");
  REQUIRE(method);
  size_t right = 0;
  for (size_t i = 0; i < kImages; ++i) {
    float pixels[kPixels];
    for (size_t p = 0; p < kPixels; ++p) {
      pixels[p] = static_cast<float>(image[i * kPixels + p]) / 16;
    }
    REQUIRE(method->set_input("image", {8, 8, 1}, pixels));
    REQUIRE(method->run());
    const auto logits = method->output<float>("logits");
    REQUIRE(logits);
    right += std::max_element(logits->begin(), logits->end()) - logits->begin() == label[i];
  }
  return static_cast<double>(right) / kImages;
}

}  // namespace

// Ends arguments: with samples of the model.
static constexpr const char* kSamples = "by samples";

// What the model loses of its likelihood with each of some arguments, on texts of its own.
static void check_losses(const std::map<std::string, double>& allowed,
                         size_t (*size)(const Converted& model)) {
  const std::string folder = FOVEA_STORIES;
  if (!std::filesystem::exists(folder + "/stories260K.bin")) {
    return skip("shared/data/stories260K is absent");
  }
  const std::string arguments = folder + "/stories260K.bin --max tokens=256 ";
  const Converted exact(arguments);
  std::vector<std::vector<int32_t>> texts;
  for (uint32_t seed = 1; seed <= 8; ++seed) texts.push_back(sampled(exact, seed, 250));
  const double whole = mean_loss(exact, texts);
  CHECK(whole > 0.5);
  CHECK(whole < 2.5);
  // Codes by samples, which are other texts than those that it is judged on.
  const TemporaryFolder samples_folder;
  std::vector<std::vector<int32_t>> samples;
  for (uint32_t seed = 1001; seed <= 1064; ++seed) samples.push_back(sampled(exact, seed, 250));
  const std::string samples_file = samples_folder.file("samples.npy");
  write_texts(samples_file, samples);
  for (const auto& row : allowed) {
    const auto& format = row.first;
    const auto& most = row.second;
    CAPTURE(format);
    const size_t at = format.find(kSamples);
    const bool by_samples = at != std::string::npos;
    const std::string given =
        by_samples ? format.substr(0, at) + "--samples " + samples_file : format;
    const Converted model(arguments + given);
    const double lost = mean_loss(model, texts) - whole;
    MESSAGE(format, ": mean loss ", whole, " and ", lost, " more, ", size(model), " bytes");
    CHECK(std::abs(lost) < most);
    CHECK(lost != 0);
    CHECK(size(model) < size(exact));
  }
}

TEST_CASE("stories260K loses little of its likelihood") {
  // int4 everywhere loses twice 0.06, with three tensors of each kind in int8 less than that.
  const std::string kept =
      "--weights int4 --keep '*q_proj*=int8' --keep '*down_proj*=int8' --keep "
      "'*embed_tokens*=int8'";
  check_losses({{"--weights f16", 0.0005},
                {"--weights bf16", 0.002},
                {"--weights int8", 0.005},
                {"--weights int4", 0.125},
                {kept, 0.05},
                {std::string("--weights int4 ") + kSamples, 0.06},
                {"--weights uint4", 0.09},
                {std::string("--weights uint4 ") + kSamples, 0.055},
                {kept + " " + kSamples, 0.03},
                {std::string("--weights int8 ") + kSamples, 0.005}},
               [](const Converted& m) { return m.bytes.size(); });
}

TEST_CASE("stories260K loses next to nothing with narrow caches") {
  check_losses({{"--cache f16", 0.0005}, {"--cache int8", 0.005}},
               [](const Converted& m) { return static_cast<size_t>(m.model.arena().state); });
}

TEST_CASE("digits keep their labels") {
  const std::string arguments = std::string(FOVEA_EXAMPLES) + "/digits --weights ";
  const double exact = accuracy(Converted(arguments + "f32"));
  CHECK(exact > 0.98);
  for (const std::string format : {"f16", "bf16", "int8", "int4", "uint4"}) {
    const double found = accuracy(Converted(arguments + format));
    MESSAGE(format, ": ", found);
    CHECK(found > exact - (format.ends_with("int4") ? 0.015 : 0.005));
  }
}

}  // namespace fovea::test
