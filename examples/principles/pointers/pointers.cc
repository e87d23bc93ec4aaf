// Every position holds a pointer to another; a model of L layers tells what lies L hops away.

#include "examples/principles/principles.h"
#include "examples/principles/random.h"

namespace principles {
namespace {

constexpr uint32_t kPositions = 64;
constexpr int kMaps = 50;
using Pointers = std::vector<int32_t>;

// Any pointers at all.
Pointers any(Random& random) {
  Pointers result(kPositions);
  for (int32_t& to : result) to = static_cast<int32_t>(random.below(kPositions));
  return result;
}

// One cycle through all positions: hops of another number never end at the same place.
Pointers cycle(Random& random) {
  const std::vector<uint32_t> order = random.order(kPositions);
  Pointers result(kPositions);
  for (uint32_t i = 0; i < kPositions; ++i) {
    result[order[i]] = static_cast<int32_t>(order[(i + 1) % kPositions]);
  }
  return result;
}

// Positions where the model's likeliest answer is the pointer that lies `hops` away.
size_t right(const Net& net, const Pointers& pointers, int hops) {
  const std::vector<float> logits = net.logits(pointers);
  size_t count = 0;
  for (uint32_t i = 0; i < kPositions; ++i) {
    size_t at = i;
    for (int hop = 0; hop < hops; ++hop) at = static_cast<size_t>(pointers[at]);
    count += static_cast<int32_t>(largest(&logits[i * kPositions], kPositions)) == pointers[at];
  }
  return count;
}

size_t right_in_all(const Net& net, Pointers (*make)(Random&), int hops) {
  Random random(1);
  size_t count = 0;
  for (int i = 0; i < kMaps; ++i) count += right(net, make(random), hops);
  return count;
}

}  // namespace

void pointers(const Place& place, Report& report) {
  const Net three(place, "pointers_three"), two(place, "pointers_two");
  constexpr size_t kAll = size_t{kMaps} * kPositions;
  report.count("three layers, three hops, any pointers", right_in_all(three, any, 3), kAll, kAll);
  report.count("three layers, three hops, one cycle", right_in_all(three, cycle, 3), kAll, kAll);
  report.count("two layers, three hops, one cycle", right_in_all(two, cycle, 3), kAll, 0);
  report.count("two layers, two hops, any pointers", right_in_all(two, any, 2), kAll, kAll);
}

}  // namespace principles
