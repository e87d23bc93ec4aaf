#include <algorithm>

#include "tools/measure/moments.h"

namespace fovea::tools {

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
