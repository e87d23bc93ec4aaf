#include "tools/import/front_end.h"

#include "tools/import/filters.h"

namespace fovea::tools {

int32_t add_front_end(int32_t x, const FrontEndSpec& front, Weights& weights,
                      MethodBuilder& method) {
  if (front.norm) x = method.group_norm(x, -1, -1, *front.norm);
  if (front.bins == 0) return x;
  const auto frame = static_cast<uint32_t>(front.window.size());
  const int32_t window = weights.constants("window", {frame}, front.window);
  const uint32_t size = front.spectrum.size;
  const int32_t roots = weights.constants("roots", {size, 2}, roots_of_one(size));
  x = method.spectrum(x, front.spectrum, window, roots, front.bins);
  const auto count = static_cast<uint32_t>(front.filter_weights.size());
  const int32_t filters = weights.constants("filters", {count}, front.filter_weights);
  x = method.logarithm(method.filters(x, front.filters, filters), front.logarithm);
  if (front.range) x = method.dynamic_range(x, *front.range);
  if (front.cepstrum.counts.empty()) return x;
  const auto cosines = static_cast<uint32_t>(front.cepstrum_weights.size());
  const int32_t matrix = weights.constants("cosines", {cosines}, front.cepstrum_weights);
  return method.filters(x, front.cepstrum, matrix);
}

}  // namespace fovea::tools
