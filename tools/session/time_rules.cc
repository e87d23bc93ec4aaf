#include "tools/session/time_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fovea::tools {
namespace {

constexpr float kNever = std::numeric_limits<float>::lowest();

}  // namespace

void TimeRules::hide(size_t first, size_t end) {
  end = std::min(end, room_.size());
  if (first < end) {
    std::fill(room_.begin() + static_cast<ptrdiff_t>(first),
              room_.begin() + static_cast<ptrdiff_t>(end), kNever);
  }
}

// Whether the times are likelier together than any other token alone.
bool TimeRules::prefers_times() const {
  const auto times = room_.begin() + audio_.first_time();
  const float word = *std::max_element(room_.begin(), times);
  const float most = *std::max_element(times, room_.end());
  double sum = 0;
  for (auto t = times; t != room_.end(); ++t) sum += std::exp(double{*t} - double{most});
  return double{most} + std::log(sum) > double{word};
}

std::span<const float> TimeRules::allowed(std::span<const float> logits,
                                          const std::vector<int32_t>& made) {
  room_.assign(logits.begin(), logits.end());
  const auto first = static_cast<size_t>(audio_.first_time());
  if (first >= room_.size()) return logits;
  hide(static_cast<size_t>(audio_.no_times()), static_cast<size_t>(audio_.no_times()) + 1);
  const bool last = !made.empty() && is_time(made.back());
  const bool before = made.size() < 2 || is_time(made[made.size() - 2]);
  if (last && before) hide(first, room_.size());
  if (last && !before) hide(0, static_cast<size_t>(end_));
  const auto latest =
      std::find_if(made.rbegin(), made.rend(), [&](int32_t id) { return is_time(id); });
  if (latest != made.rend()) {
    hide(first, static_cast<size_t>(*latest) + (last && !before ? 0 : 1));
  }
  if (made.empty()) {
    hide(0, first);
    if (audio_.latest_first() > 0) hide(first + audio_.latest_first() + 1, room_.size());
  }
  if (prefers_times()) hide(0, first);
  return room_;
}

}  // namespace fovea::tools
