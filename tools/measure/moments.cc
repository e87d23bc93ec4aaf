#include "tools/measure/moments.h"

#include <algorithm>
#include <cmath>

namespace fovea::tools {

// Some rows at a time, so that a row of sums is worked on while it is near; each sum takes them in
// their order.
void Moments::add(std::span<const float> exact, std::span<const float> seen) {
  constexpr size_t kRows = 32;
  const size_t step = kRows * columns_;
  std::vector<double> left, right;
  for (size_t at = 0; at < seen.size(); at += step) {
    const size_t end = std::min(seen.size(), at + step), rows = (end - at) / columns_;
    left.assign(exact.data() + at, exact.data() + end);
    right.assign(seen.data() + at, seen.data() + end);
    for (size_t i = 0; i < columns_; ++i) {
      double* const sums = seen_.data() + i * columns_;
      double* const crossed = crossed_.data() + i * columns_;
      for (size_t r = 0; r < rows; ++r) {
        const double* const row = right.data() + r * columns_;
        const double mine = row[i], other = left[r * columns_ + i];
        for (size_t k = 0; k <= i; ++k) sums[k] += mine * row[k];
        for (size_t k = 0; k < columns_; ++k) crossed[k] += other * row[k];
      }
    }
  }
}

void Moments::damp(double damping) {
  double sum = 0;
  for (size_t i = 0; i < columns_; ++i) sum += seen_[i * columns_ + i];
  const double more = damping * sum / static_cast<double>(columns_);
  for (size_t i = 0; i < columns_; ++i) {
    seen_[i * columns_ + i] += more;
    crossed_[i * columns_ + i] += more;
  }
}

bool Moments::is_usable() const {
  double sum = 0, all = 0;
  for (size_t i = 0; i < columns_; ++i) sum += seen_[i * columns_ + i];
  for (const double crossed : crossed_) all += crossed;
  return std::isfinite(sum) && std::isfinite(all) && sum > 0;
}

}  // namespace fovea::tools
