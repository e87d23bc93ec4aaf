// fovea/sampler.hpp: which tokens are chosen, how often, and the same ones everywhere.

#include "fovea/sampler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace fovea {
namespace {

using Logits = std::vector<float>;
using Ids = std::vector<int32_t>;

const Logits kLogits = {1.0f, 3.0f, -2.0f, 3.0f, 0.0f};

SamplerOptions at_temperature(float temperature) {
  SamplerOptions options;
  options.temperature = temperature;
  return options;
}

// Tokens in the order in which they are chosen.
Ids chosen(const SamplerOptions& options, const Logits& logits, int count,
           const Ids& history = {}) {
  std::vector<Sampler::Candidate> room(logits.size());
  Sampler sampler(options, room.data(), room.size());
  Ids ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(sampler.choose(logits.data(), logits.size(), history.data(), history.size()));
  }
  return ids;
}

int32_t choice(const SamplerOptions& options, const Logits& logits, const Ids& history = {}) {
  return chosen(options, logits, 1, history)[0];
}

std::set<int32_t> tokens_of(const SamplerOptions& options, const Logits& logits, int count = 5000) {
  const Ids ids = chosen(options, logits, count);
  return {ids.begin(), ids.end()};
}

// How often each token is chosen, against what the softmax of these logits says: within five
// standard deviations, and five for tokens that are seldom seen.
void check_shares(const SamplerOptions& options, const Logits& logits, const Logits& softmaxed,
                  const Ids& history = {}) {
  constexpr int kCount = 20000;
  double sum = 0;
  for (const float logit : softmaxed) sum += std::exp(double{logit});
  std::vector<int> seen(logits.size());
  for (const int32_t id : chosen(options, logits, kCount, history)) ++seen[static_cast<size_t>(id)];
  for (size_t i = 0; i < seen.size(); ++i) {
    const double p = std::exp(double{softmaxed[i]}) / sum;
    CAPTURE(i);
    CHECK(std::abs(seen[i] - kCount * p) <= 5 * std::sqrt(kCount * p * (1 - p)) + 5);
  }
}

}  // namespace

TEST_CASE("greedy takes the first of the likeliest, without room") {
  CHECK(Sampler::likeliest(kLogits.data(), kLogits.size()) == 1);
  Sampler sampler{SamplerOptions()};
  CHECK(sampler.choose(kLogits.data(), kLogits.size()) == 1);
  CHECK(chosen({.temperature = 1, .top_k = 1}, kLogits, 100) == Ids(100, 1));
}

TEST_CASE("frequencies are those of the softmax") {
  for (const float temperature : {0.5f, 1.0f, 3.0f}) {
    Logits divided;
    for (const float logit : kLogits) divided.push_back(logit / temperature);
    check_shares({.temperature = temperature, .seed = 11}, kLogits, divided);
  }
  Logits many(200);
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 3);
  for (float& logit : many) logit = normal(random);
  check_shares(at_temperature(1), many, many);
}

TEST_CASE("an unlikely token is as rare as it should be") {
  // 2^-14 of the other: seen some 15 times in 250,000.
  const Logits logits = {0.0f, -9.704061f};
  const Ids ids = chosen(at_temperature(1), logits, 250000);
  const auto rare = std::count(ids.begin(), ids.end(), 1);
  CHECK(rare > 2);
  CHECK(rare < 40);
}

TEST_CASE("top-k, top-p and min-p leave the unlikely out") {
  SamplerOptions options = at_temperature(1);
  options.top_k = 2;
  check_shares(options, kLogits, {-99, 3, -99, 3, -99});
  options.top_k = 4;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{0, 1, 3, 4});
  options.top_k = 99;
  CHECK(tokens_of(options, kLogits).size() == 5);
  options.top_k = 0;
  options.top_p = 0;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1});
  options.top_p = 0.9f;  // 1 and 3 have 0.457 each, 0 has 0.062
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1, 3});
  options.top_p = 0.95f;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{0, 1, 3});
  options.top_p = 0.5f;  // which the first of two equals has
  CHECK(tokens_of(options, {2, 2}) == std::set<int32_t>{0});
  options.top_k = 2;  // of which each has half
  options.top_p = 0.4f;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1});
  options.top_p = 0.6f;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1, 3});
  options = at_temperature(1);
  options.min_p = 0.14f;  // 0 has exp(-2) = 0.135 of the likeliest
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1, 3});
  options.min_p = 0.13f;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{0, 1, 3});
  options.min_p = 1;
  CHECK(tokens_of(options, kLogits) == std::set<int32_t>{1, 3});
}

TEST_CASE("the likeliest of thousands are found in order") {
  Logits logits(3000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 7919 % 3000) / 500;
  for (const uint32_t k : {3u, 64u, 65u, 700u}) {
    SamplerOptions options = at_temperature(9);
    options.top_k = k;
    const float least = static_cast<float>(3000 - k) / 500;
    for (const int32_t id : tokens_of(options, logits, 1500))
      CHECK(logits[static_cast<size_t>(id)] >= least);
  }
}

TEST_CASE("a penalty is for tokens that were there, once each") {
  SamplerOptions options;
  options.repetition_penalty = 2;
  CHECK(choice(options, {1, 3, -2, 2.9f, 0}) == 1);
  CHECK(choice(options, {1, 3, -2, 2.9f, 0}, {1}) == 3);
  CHECK(choice(options, {1, 3, -2, 2.9f, 0}, {3, 1, 1, 3}) == 1);
  CHECK(choice(options, {-1, -1.5f}, {0}) == 1);
  CHECK(choice(options, {-1, -2.5f}, {0, 0}) == 0);
  CHECK(choice(options, {1, 3}, {-1, 2, 1 << 30, INT32_MIN}) == 1);
  options.temperature = 1;
  check_shares(options, kLogits, {1, 1.5f, -4, 3, 0}, {2, 1, 2});
}

TEST_CASE("a seed means the same tokens everywhere") {
  Logits logits(40);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 17 % 40) / 8;
  SamplerOptions options = at_temperature(0.8f);
  options.seed = 42;
  CHECK(chosen(options, logits, 12) == Ids{11, 28, 28, 35, 28, 30, 7, 14, 9, 23, 14, 13});
  options.top_k = 20;
  options.top_p = 0.9f;
  options.min_p = 0.05f;
  CHECK(chosen(options, logits, 12) == Ids{21, 16, 16, 37, 9, 23, 14, 28, 14, 2, 21, 21});
  options.seed = 0;  // stands for 1
  const Ids zero = chosen(options, logits, 30);
  options.seed = 1;
  CHECK(chosen(options, logits, 30) == zero);
}

TEST_CASE("logits that are no finite numbers choose nothing, nor do more than there is room for") {
  const float infinity = std::numeric_limits<float>::infinity();
  const SamplerOptions by_share = {.temperature = 1, .top_p = 0.9f};
  for (const float wrong : {std::nanf(""), -std::nanf(""), infinity, -infinity}) {
    for (size_t at = 0; at < kLogits.size(); ++at) {
      Logits logits = kLogits;
      logits[at] = wrong;
      for (const SamplerOptions& options : {SamplerOptions(), at_temperature(1), by_share}) {
        CHECK(choice(options, logits) == -1);
      }
    }
  }
  CHECK(choice(at_temperature(1), {}) == -1);
  Sampler::Candidate room[4];
  Sampler small(at_temperature(1), room, 4);
  CHECK(small.choose(kLogits.data(), 5) == -1);
  CHECK(small.choose(kLogits.data(), 4) >= 0);
  Sampler none(at_temperature(1));
  CHECK(none.choose(kLogits.data(), 5) == -1);
}

TEST_CASE("options that are no numbers change nothing") {
  const float nan = std::nanf("");
  SamplerOptions options;
  options.temperature = options.top_p = options.min_p = options.repetition_penalty = nan;
  CHECK(choice(options, kLogits, {1}) == 1);
  options.temperature = 1e-30f;
  CHECK(choice(options, {1, 3, 2}) == 1);
  options.temperature = std::numeric_limits<float>::infinity();
  CHECK(tokens_of(options, kLogits).size() == 5);
}

}  // namespace fovea
