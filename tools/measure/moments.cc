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
    left.assign(exact.begin() + static_cast<ptrdiff_t>(at),
                exact.begin() + static_cast<ptrdiff_t>(end));
    right.assign(seen.begin() + static_cast<ptrdiff_t>(at),
                 seen.begin() + static_cast<ptrdiff_t>(end));
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

Factors::Factors(const Moments& moments) : columns_(moments.columns()) {
  upper_.resize(columns_ * columns_);
  diagonal_.resize(columns_);
  for (size_t i = 0; i < columns_; ++i) {
    std::copy(moments.seen(i), moments.seen(i) + i + 1,
              upper_.begin() + static_cast<ptrdiff_t>(i * columns_));
  }
  // From the last column on: what it explains of the others is taken from them.
  std::vector<double> share(columns_);
  for (size_t j = columns_; j-- > 0;) {
    double* const last = upper_.data() + j * columns_;
    diagonal_[j] = last[j];
    for (size_t i = 0; i < j; ++i) share[i] = last[i] / diagonal_[j];
    for (size_t i = 0; i < j; ++i) {
      double* const row = upper_.data() + i * columns_;
      for (size_t l = 0; l <= i; ++l) row[l] -= share[i] * last[l];
    }
    std::copy(share.begin(), share.begin() + static_cast<ptrdiff_t>(j), last);
  }
}

}  // namespace fovea::tools
