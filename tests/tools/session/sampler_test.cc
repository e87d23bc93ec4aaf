#include "tools/session/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace fovea::tools {
namespace {

const std::vector<float> kLogits = {1.0f, 3.0f, -2.0f, 3.0f, 0.0f};

// How often each token is chosen.
std::vector<double> shares(const SamplerOptions& options, int count) {
  Sampler sampler(options);
  std::vector<double> result(kLogits.size());
  for (int i = 0; i < count; ++i) {
    result[static_cast<size_t>(sampler.choose(kLogits))] += 1.0 / count;
  }
  return result;
}

}  // namespace

TEST_CASE("greedy takes the first of the likeliest") {
  CHECK(argmax(kLogits) == 1);
  CHECK(shares({0, 0, 1, 7}, 100)[1] == doctest::Approx(1));
  CHECK(shares({1, 1, 1, 7}, 100)[1] == doctest::Approx(1));
}

TEST_CASE("frequencies are those of the softmax") {
  for (const double temperature : {0.5, 1.0, 3.0}) {
    const std::vector<double> seen = shares({temperature, 0, 1, 11}, 100000);
    double sum = 0;
    for (const float logit : kLogits) sum += std::exp(logit / temperature);
    for (size_t i = 0; i < seen.size(); ++i) {
      const double p = std::exp(kLogits[i] / temperature) / sum;
      // Five standard deviations of a count of 100000.
      CHECK(std::abs(seen[i] - p) < 5 * std::sqrt(p * (1 - p) / 100000));
    }
  }
}

TEST_CASE("the likeliest token is not always chosen, though it is the first") {
  Sampler sampler({1, 0, 1, 3});
  const std::vector<float> logits = {1, 0.5f};
  int second = 0;
  for (int i = 0; i < 100; ++i) second += sampler.choose(logits) == 1;
  CHECK(second > 10);
  CHECK(second < 70);
}

TEST_CASE("top-k and top-p leave the unlikely out") {
  const std::vector<double> two = shares({1, 2, 1, 3}, 20000);
  CHECK(two[1] == doctest::Approx(0.5).epsilon(0.05));
  CHECK(two[3] == doctest::Approx(0.5).epsilon(0.05));
  CHECK(shares({1, 4, 1, 3}, 20000)[2] == 0);
  CHECK(shares({1, 0, 0, 3}, 100)[1] == doctest::Approx(1));
  const std::vector<double> most = shares({1, 0, 0.9, 3}, 20000);
  CHECK(most[2] == 0);
  CHECK(most[4] == 0);
  CHECK(most[1] + most[3] > 0.9);
  CHECK(shares({1, 99, 1, 0}, 1000)[1] > 0);
}

TEST_CASE("logits that are no finite numbers choose nothing") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float wrong : {std::nanf(""), -std::nanf(""), infinity, -infinity}) {
    for (size_t at = 0; at < kLogits.size(); ++at) {
      std::vector<float> logits = kLogits;
      logits[at] = wrong;
      CHECK(argmax(logits) == -1);
      for (const SamplerOptions& options :
           {SamplerOptions{}, {1, 0, 1, 3}, {1, 2, 1, 3}, {1, 0, 0.9, 3}, {0.5, 1, 1, 3}}) {
        CHECK(Sampler(options).choose(logits) == -1);
      }
    }
  }
  CHECK(argmax(std::vector<float>{}) == -1);
  CHECK(Sampler({1, 0, 0.9, 3}).choose(std::vector<float>(5, infinity)) == -1);
}

TEST_CASE("finite logits give a token, however far apart they are") {
  const float most = std::numeric_limits<float>::max();
  const std::vector<float> logits = {-most, most, 0, -most};
  for (const double temperature : {1e-310, 1e-3, 1.0, 100.0}) {
    for (const double top_p : {0.0, 0.9, 1.0}) {
      CHECK(Sampler({temperature, 0, top_p, 5}).choose(logits) == 1);
      CHECK(Sampler({temperature, 3, top_p, 5}).choose(logits) == 1);
    }
  }
  CHECK(Sampler({std::nan(""), 0, 0.9, 5}).choose(logits) == 1);
}

}  // namespace fovea::tools
