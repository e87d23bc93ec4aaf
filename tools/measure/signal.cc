#include "tools/measure/signal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fovea::tools {

void Signal::add(std::span<const float> exact, std::span<const float> found) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < exact.size(); ++i) {
    const double a = static_cast<double>(exact[i]), b = static_cast<double>(found[i]);
    // Masked scores are infinite in both.
    if (a == b && !std::isfinite(a)) continue;
    const double apart = std::isfinite(a - b) ? std::abs(a - b) : kInfinity;
    exact_ += a * a;
    found_ += b * b;
    both_ += a * b;
    noise_ += apart * apart;
    largest_ = std::max(largest_, apart);
  }
  count_ += exact.size();
}

void Signal::add(const Signal& more) {
  exact_ += more.exact_;
  found_ += more.found_;
  both_ += more.both_;
  noise_ += more.noise_;
  largest_ = std::max(largest_, more.largest_);
  count_ += more.count_;
}

double Signal::decibels() const {
  return noise_ == 0 ? std::numeric_limits<double>::infinity() : -10 * std::log10(noise());
}

double Signal::noise() const {
  return noise_ == 0 ? 0 : noise_ / exact_;
}

double Signal::cosine() const {
  if (exact_ == 0 && found_ == 0) return 1;
  return exact_ == 0 || found_ == 0 ? 0 : both_ / (std::sqrt(exact_) * std::sqrt(found_));
}

}  // namespace fovea::tools
