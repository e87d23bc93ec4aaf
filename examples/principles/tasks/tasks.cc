// Losses of four tasks, combined by the softmax of learned scores.

#include <algorithm>
#include <array>
#include <cmath>

#include "examples/principles/principles.h"
#include "examples/principles/random.h"

namespace principles {
namespace {

constexpr size_t kTasks = 4;
constexpr double kTemperature = 0.25;  // as in make.py
constexpr int kDraws = 200;
constexpr int kSteps = 200;
using Numbers = std::array<double, kTasks>;

struct Combined {
  double loss = 0;
  Numbers weights = {};
};

Combined combine(const Net& net, const Numbers& losses) {
  Combined result;
  result.loss = net.run_frames(std::vector<float>(losses.begin(), losses.end()), 1)[0];
  const float* row = net.weights("forward", "attention.0.weights").row(0);
  std::copy(row + 1, row + 1 + kTasks,
            result.weights.begin());  // the class token's key comes first
  return result;
}

// The scores that training ascends to: loss / temperature, whatever is added to all.
Numbers best_weights(const Numbers& losses) {
  Numbers weights;
  double sum = 0;
  for (size_t i = 0; i < kTasks; ++i) sum += weights[i] = std::exp(losses[i] / kTemperature);
  for (double& weight : weights) weight /= sum;
  return weights;
}

size_t worst(const Numbers& losses) {
  return static_cast<size_t>(std::max_element(losses.begin(), losses.end()) - losses.begin());
}

// Largest distances from what training ascends to, and how often the worst task has most weight.
void measure_draws(const Net& net, Report& report) {
  Random random(1);
  double weights_off = 0, sum_off = 0;
  size_t agree = 0;
  for (int i = 0; i < kDraws; ++i) {
    Numbers losses;
    for (double& loss : losses) loss = 1 + random.number();
    const Combined made = combine(net, losses);
    const Numbers best = best_weights(losses);
    double sum = 0;
    for (size_t k = 0; k < kTasks; ++k) {
      weights_off = std::max(weights_off, std::abs(made.weights[k] - best[k]));
      sum += made.weights[k] * losses[k];
    }
    sum_off = std::max(sum_off, std::abs(made.loss - sum));
    agree += worst(made.weights) == worst(losses);
  }
  report.near("combined loss, largest distance from the weighted sum", sum_off, 0);
  report.near("weights, largest distance from those that training ascends to", weights_off, 0,
              1e-3);
  report.count("the worst task has the largest weight", agree, kDraws, kDraws);
}

// Tasks that learn at different speeds: a step takes from each loss its speed times its weight.
// Returns the difference of the largest and the smallest loss afterwards.
template <class Weigh>
double spread_after(Weigh weigh) {
  constexpr Numbers kSpeeds = {0.04, 0.02, 0.01, 0.005};
  Numbers losses = {2, 2, 2, 2};
  for (int step = 0; step < kSteps; ++step) {
    const Numbers weights = weigh(losses);
    for (size_t k = 0; k < kTasks; ++k) losses[k] *= 1 - kSpeeds[k] * weights[k];
  }
  const auto [least, most] = std::minmax_element(losses.begin(), losses.end());
  return *most - *least;
}

}  // namespace

void tasks(const Place& place, Report& report) {
  const Net net(place, "tasks_worst");
  measure_draws(net, report);
  Numbers first = {}, last = {};
  const double learned = spread_after([&](const Numbers& losses) {
    last = combine(net, losses).weights;
    if (first == Numbers{}) first = last;
    return last;
  });
  const double equal = spread_after([](const Numbers&) { return Numbers{0.25, 0.25, 0.25, 0.25}; });
  report.near("weight of the slowest task at the first step", first[3], 0.25, 1e-3);
  report.above("its weight at step 200", last[3], 0.4);
  report.below("losses between tasks at step 200, of those by equal weights", learned / equal, 0.6);
}

}  // namespace principles
