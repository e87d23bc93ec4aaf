#include "tools/measure/moments.h"

#include <algorithm>
#include <cmath>

namespace fovea::tools {

void Moments::add(std::span<const float> exact, std::span<const float> seen) {
  std::vector<double> row(columns_);
  for (size_t at = 0; at + columns_ <= seen.size(); at += columns_) {
    for (size_t j = 0; j < columns_; ++j) row[j] = static_cast<double>(seen[at + j]);
    for (size_t i = 0; i < columns_; ++i) {
      const double left = row[i], other = static_cast<double>(exact[at + i]);
      double* const sums = seen_.data() + i * columns_;
      double* const crossed = crossed_.data() + i * columns_;
      for (size_t j = 0; j <= i; ++j) sums[j] += left * row[j];
      for (size_t j = 0; j < columns_; ++j) crossed[j] += other * row[j];
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
