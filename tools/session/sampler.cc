#include "tools/session/sampler.h"

#include <algorithm>
#include <cmath>

namespace fovea::tools {

int32_t argmax(std::span<const float> logits) {
  for (const float logit : logits) {
    if (!std::isfinite(logit)) return -1;
  }
  return logits.empty() ? -1
                        : static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) -
                                               logits.begin());
}

int32_t Sampler::choose(std::span<const float> logits) {
  const int32_t likeliest = argmax(logits);
  if (likeliest < 0 || !(options_.temperature > 0) || options_.top_k == 1) return likeliest;
  weigh(logits, logits[static_cast<size_t>(likeliest)]);
  keep_likely();
  double sum = 0;
  for (const Candidate& candidate : candidates_) sum += candidate.probability;
  double left = random() * sum;
  for (const Candidate& candidate : candidates_) {
    left -= candidate.probability;
    if (left < 0) return candidate.token;
  }
  return candidates_.back().token;
}

// Probabilities relative to the likeliest token's. None is a NaN: logits and the temperature are
// finite, the temperature is above 0, and no exponent is.
void Sampler::weigh(std::span<const float> logits, float most) {
  candidates_.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    const double exponent = (static_cast<double>(logits[i]) - double{most}) / options_.temperature;
    candidates_.push_back({std::exp(exponent), static_cast<int32_t>(i)});
  }
}

// Leaves the most likely candidates, in order; equal ones by token, so that a seed means the same
// on every machine.
void Sampler::keep_likely() {
  const auto more_likely = [](const Candidate& a, const Candidate& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
  };
  if (options_.top_k == 0 && options_.top_p >= 1) return;
  std::sort(candidates_.begin(), candidates_.end(), more_likely);
  if (options_.top_k != 0 && options_.top_k < candidates_.size()) {
    candidates_.resize(options_.top_k);
  }
  double sum = 0;
  for (const Candidate& candidate : candidates_) sum += candidate.probability;
  double kept = 0;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    kept += candidates_[i].probability;
    if (kept >= options_.top_p * sum) {
      candidates_.resize(i + 1);
      return;
    }
  }
}

// xorshift64* (Vigna 2016): uniform in [0, 1).
double Sampler::random() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return static_cast<double>((state_ * 0x2545F4914F6CDD1Du) >> 11) * 0x1p-53;
}

}  // namespace fovea::tools
