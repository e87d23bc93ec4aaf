// Votes for one of two answers: over passes of dropout the answer spreads as far as they disagree.

#include <cmath>

#include "examples/principles/principles.h"

namespace principles {
namespace {

constexpr uint32_t kVotes = 16, kKinds = 2, kFeatures = kKinds + 1;
constexpr int32_t kPasses = 2000;
constexpr double kDropped = 0.25;

// So many votes for the first answer, the others for the second; the first frame asks.
void ask(const Net& net, uint32_t first, int32_t pass, float* answers) {
  std::vector<float> frames(size_t{1 + kVotes} * kFeatures, 0);
  frames[kKinds] = 1;
  for (uint32_t i = 0; i < kVotes; ++i) frames[(1 + i) * kFeatures + (i < first ? 0 : 1)] = 1;
  const int32_t which[] = {1, pass};
  must(net.method("forward").set_list("dropout", which, 2));
  const std::vector<float> logits = net.run_frames(frames, kFeatures);
  answers[0] = logits[0];
  answers[1] = logits[1];
}

float share(const float* answers) {
  return answers[0] / (answers[0] + answers[1]);
}

// Of the share, over passes.
struct Told {
  double mean = 0, spread = 0;
  double lost = 0;  // how often the second answer has more
};

Told measured(const Net& net, uint32_t first) {
  Told told;
  float mean, deviation;
  fovea::Spread spread(&mean, &deviation, 1);
  for (int32_t pass = 0; pass < kPasses; ++pass) {
    float answers[kKinds];
    ask(net, first, pass, answers);
    const float part = share(answers);
    spread.add(&part);
    told.lost += answers[1] > answers[0];
  }
  told.mean = double{mean};
  told.spread = double{deviation};
  return told;
}

// That `left` of `votes` stay.
double probability(uint32_t left, uint32_t votes) {
  double p = std::pow(1 - kDropped, left) * std::pow(kDropped, votes - left);
  for (uint32_t i = 0; i < left; ++i) p = p * (votes - i) / (i + 1);
  return p;
}

Told exact(uint32_t first) {
  Told told;
  double squares = 0;
  for (uint32_t a = 0; a <= first; ++a) {
    for (uint32_t b = 0; b <= kVotes - first; ++b) {
      const double p = probability(a, first) * probability(b, kVotes - first);
      const double part = a + b == 0 ? 0 : static_cast<double>(a) / (a + b);
      told.mean += p * part;
      squares += p * part * part;
      told.lost += b > a ? p : 0;
    }
  }
  told.spread = std::sqrt(squares - told.mean * told.mean);
  return told;
}

}  // namespace

void doubt(const Place& place, Report& report) {
  const Net net(place, "doubt_votes");
  for (const uint32_t first : {16u, 14u, 12u, 9u}) {
    const std::string votes = std::to_string(first) + " to " + std::to_string(kVotes - first);
    float answers[kKinds];
    ask(net, first, -1, answers);
    report.near(votes + ", nothing dropped: share", double{share(answers)},
                static_cast<double>(first) / kVotes, 0);
    const Told found = measured(net, first);
    if (first == kVotes) {
      report.near(votes + ": spread of the share over passes", found.spread, 0, 0);
      report.count(votes + ": passes that the other answer wins", static_cast<size_t>(found.lost),
                   kPasses, 0);
      continue;
    }
    const Told expected = exact(first);
    const double error = 5 / std::sqrt(double{kPasses});
    report.near(votes + ": mean of the share", found.mean, expected.mean, error * expected.spread);
    report.near(votes + ": spread of the share over passes", found.spread, expected.spread,
                error * expected.spread / std::sqrt(2.0));
    report.near(votes + ": part of passes that the other answer wins", found.lost / kPasses,
                expected.lost, error * std::sqrt(expected.lost));
  }
}

}  // namespace principles
