// One token of 64 has a message. Which tokens know it after some layers?

#include <algorithm>
#include <cstdlib>

#include "examples/principles/principles.h"

namespace principles {
namespace {

constexpr int32_t kPositions = 64, kKinds = 8;
constexpr int32_t kFar = 48;

// A token's answer: the message, or -1 where all logits are 0, as of a token that saw nothing.
int32_t answer(const float* logits) {
  const bool nothing = std::all_of(logits, logits + kKinds, [](float x) { return x == 0; });
  return nothing ? -1 : static_cast<int32_t>(largest(logits, kKinds));
}

struct Found {
  size_t far = 0, as_reach_says = 0;
};

// Every place of the message, every token asked; those as far as `reach` shall know it, no others.
Found find(const Net& net, int32_t reach) {
  Found found;
  for (int32_t place = 0; place < kPositions; ++place) {
    const int32_t message = place % kKinds;
    std::vector<int32_t> tokens(kPositions);
    tokens[static_cast<size_t>(place)] = 1 + message;
    const std::vector<float> logits = net.logits(tokens);
    for (int32_t i = 0; i < kPositions; ++i) {
      const int32_t said = answer(&logits[static_cast<size_t>(i * kKinds)]);
      const int32_t away = std::abs(i - place);
      found.far += away == kFar && said == message;
      found.as_reach_says += said == (away <= reach ? message : -1);
    }
  }
  return found;
}

}  // namespace

void distance(const Place& place, Report& report) {
  struct Case {
    const char *model, *what;
    int32_t reach;
  };
  constexpr Case kCases[] = {{"distance_global", "one layer that sees all", kPositions},
                             {"distance_local_1", "one layer that sees 8 either way", 8},
                             {"distance_local_5", "five such layers", 40},
                             {"distance_local_6", "six such layers", 48}};
  constexpr size_t kFarPairs = 2 * (kPositions - kFar);
  constexpr size_t kPairs = size_t{kPositions} * kPositions;
  for (const Case& c : kCases) {
    const Found found = find(Net(place, c.model), c.reach);
    const std::string what = c.what;
    report.count(what + ", keys 48 away found", found.far, kFarPairs,
                 c.reach >= kFar ? kFarPairs : 0);
    report.count(what + ", found up to " + std::to_string(std::min(c.reach, kPositions - 1)) +
                     " and never farther",
                 found.as_reach_says, kPairs, kPairs);
  }
}

}  // namespace principles
