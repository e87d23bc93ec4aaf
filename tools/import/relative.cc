#include "tools/import/relative.h"

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr int64_t kFarthest = 1 << 15;

// Of a query that is so much behind the key, or in front of it.
int64_t bucket_of(int64_t distance, const RelativeSpec& spec) {
  const int64_t middle = spec.buckets / 2, far = std::abs(distance);
  if (spec.buckets == 0 || far <= middle) return distance;
  // In f32 as where these models were trained: at a bucket's edge a rounding decides.
  const float edge =
      static_cast<float>(static_cast<double>(spec.farthest - 1) / static_cast<double>(middle));
  const float share =
      std::log(static_cast<float>(far) / static_cast<float>(middle)) / std::log(edge);
  const auto more = static_cast<int64_t>(std::ceil(share * static_cast<float>(middle - 1)));
  return distance < 0 ? -(middle + more) : middle + more;
}

int64_t row_of(int64_t distance, const RelativeSpec& spec) {
  const int64_t span = spec.span;
  return std::clamp<int64_t>(bucket_of(distance, spec) + span, 0, 2 * span - 1);
}

}  // namespace

std::vector<uint32_t> relative_rows(const RelativeSpec& spec, const std::string& path) {
  const int64_t most = spec.positions == 0 ? kFarthest : int64_t{spec.positions} - 1;
  int64_t n = 0;
  while (n < most && (row_of(n, spec) < 2 * int64_t{spec.span} - 1 || row_of(-n, spec) > 0)) ++n;
  if (n >= kFarthest) {
    fail("{}: the config's max_relative_positions tells distances past {} from each other", path,
         kFarthest);
  }
  std::vector<uint32_t> rows;
  for (int64_t d = -n; d <= n; ++d) rows.push_back(static_cast<uint32_t>(row_of(-d, spec)));
  return rows;
}

}  // namespace fovea::tools
