// A needle among noise keys: entropy rises with their number, unless training kept it low.

#include <cmath>

#include "examples/principles/principles.h"
#include "examples/principles/random.h"

namespace principles {
namespace {

constexpr uint32_t kMarks = 8, kKinds = 4, kAsk = kMarks + kKinds, kFeatures = kAsk + 1;
constexpr int kDraws = 100;

struct Seen {
  size_t right = 0;
  double entropy = 0;  // mean, in nats
};

// Who asks, the needle, then noise, as make.py draws them. Returns the needle's message.
uint32_t draw(Random& random, uint32_t noise, std::vector<float>& frames) {
  frames.assign(size_t{2 + noise} * kFeatures, 0);
  frames[kAsk] = 1;
  uint32_t message = 0;
  for (uint32_t i = 1; i < 2 + noise; ++i) {
    float* frame = &frames[size_t{i} * kFeatures];
    for (uint32_t k = 0; k < kMarks; ++k) frame[k] = random.number();
    if (i == 1) frame[0] = 2;
    const uint32_t kind = random.below(kKinds);
    if (i == 1) message = kind;
    frame[kMarks + kind] = 1;
  }
  return message;
}

Seen look(const Net& net, uint32_t noise) {
  Random random(noise);
  Seen seen;
  std::vector<float> frames;
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t message = draw(random, noise, frames);
    seen.right += largest(net.run_frames(frames, kFeatures).data(), kKinds) == message;
    const float* row = net.weights("forward", "attention.0.weights").row(0);
    seen.entropy += entropy({row, row + 2 + noise}) / kDraws;
  }
  return seen;
}

}  // namespace

void noise(const Place& place, Report& report) {
  const Net plain(place, "noise_plain"), sharp(place, "noise_sharp");
  double before = 0;
  for (const uint32_t count : {1u, 4u, 16u, 64u}) {
    const Seen seen = look(plain, count);
    const std::string keys = std::to_string(count) + " noise keys";
    report.above("plain, " + keys + ": entropy, in nats", seen.entropy, before);
    report.count("plain, " + keys + ": messages right", seen.right, kDraws, kDraws);
    before = seen.entropy;
  }
  report.above("plain, 64 noise keys: effective keys", std::exp(before), 2);
  const Seen seen = look(sharp, 64);
  report.below("entropy penalty, 64 noise keys: entropy, in nats", seen.entropy, 0.15);
  report.count("entropy penalty, 64 noise keys: messages right", seen.right, kDraws, kDraws);
}

}  // namespace principles
