// Four heads look at four positions, each sharply; their average has more effective keys than any.

#include <algorithm>
#include <cmath>

#include "examples/principles/principles.h"

namespace principles {
namespace {

constexpr uint32_t kBits = 4, kPositions = 16;
constexpr double kSharp = 3;  // as in make.py

// What head h of a query at `position` gives a key: every bit by itself is right or wrong.
double closed_form(uint32_t position, uint32_t head, uint32_t key) {
  const double wrong = 1 / (1 + std::exp(2 * kSharp));
  double weight = 1;
  for (uint32_t bit = 0; bit < kBits; ++bit) {
    const bool differs = ((position ^ (1u << head) ^ key) >> bit & 1) != 0;
    weight *= differs ? wrong : 1 - wrong;
  }
  return weight;
}

// Entropies of the heads of all queries, and of their averages; the largest difference of a weight
// from its closed form.
struct Seen {
  double head_least = 1e9, head_most = 0, average_least = 1e9, average_most = 0, off = 0;
};

void see(const fovea::Tensor<float>& weights, uint32_t position, Seen& seen) {
  std::vector<double> average(kPositions);
  for (uint32_t h = 0; h < kBits; ++h) {
    const float* row = weights.row(h * kPositions + position);
    const std::vector<double> head(row, row + kPositions);
    for (uint32_t k = 0; k < kPositions; ++k) {
      average[k] += head[k] / kBits;
      seen.off = std::max(seen.off, std::abs(head[k] - closed_form(position, h, k)));
    }
    seen.head_least = std::min(seen.head_least, entropy(head));
    seen.head_most = std::max(seen.head_most, entropy(head));
  }
  seen.average_least = std::min(seen.average_least, entropy(average));
  seen.average_most = std::max(seen.average_most, entropy(average));
}

double expected_average() {
  std::vector<double> average(kPositions);
  for (uint32_t h = 0; h < kBits; ++h) {
    for (uint32_t k = 0; k < kPositions; ++k) average[k] += closed_form(0, h, k) / kBits;
  }
  return entropy(average);
}

}  // namespace

void heads(const Place& place, Report& report) {
  const Net net(place, "heads_sharp");
  const fovea::Method forward = net.method("forward");
  const std::vector<int32_t> tokens(kPositions);
  must(forward.set_list("tokens", tokens.data(), tokens.size()));
  must(forward.run());
  const auto weights = net.weights("forward", "attention.0.weights");
  Seen seen;
  for (uint32_t i = 0; i < kPositions; ++i) see(weights, i, seen);
  const double wrong = 1 / (1 + std::exp(2 * kSharp));
  const double head = kBits * entropy({wrong, 1 - wrong});
  report.near("weights, largest difference from the closed form", seen.off, 0);
  report.near("entropy of the sharpest head, in nats", seen.head_least, head);
  report.near("entropy of the bluntest head, in nats", seen.head_most, head);
  report.near("entropy of the average of heads, least query", seen.average_least,
              expected_average());
  report.near("entropy of the average of heads, most query", seen.average_most, expected_average());
  report.below("effective keys of the bluntest head", std::exp(seen.head_most), 1.1);
  report.above("effective keys of the average", std::exp(seen.average_least), 4);
}

}  // namespace principles
