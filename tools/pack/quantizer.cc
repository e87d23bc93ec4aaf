#include "tools/pack/quantizer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fovea::tools {
namespace {

// The nearest whole number, ties to even: adding 1.5 * 2^52 rounds so.
double rounded(double number) {
  return (number + 0x1.8p52) - 0x1.8p52;
}

int8_t half_code(float number, double unit) {
  return unit != 0 ? code_of(double{number}, unit, 8, 7) : int8_t{0};
}

kernels::F16 half(float number) {
  kernels::F16 element;
  kernels::narrow(number, element);
  return element;
}

// A group's numbers and by how much the squares of their errors count.
struct Group {
  std::span<const float> numbers;
  std::span<const double> importance;
};

// The sum of squares of what a unit leaves.
double error_of(const Group& group, kernels::F16 half) {
  const double unit = kernels::widen(half);
  double sum = 0;
  for (size_t i = 0; i < group.numbers.size(); ++i) {
    const float number = group.numbers[i];
    const double left = half_code(number, unit) * unit - double{number};
    sum += left * left * group.importance[i];
  }
  return sum;
}

// Where a unit's reciprocal grows past `factor`, the code of a number moves away from zero.
struct Step {
  double factor;
  size_t index;
  bool operator<(const Step& other) const {
    return factor < other.factor || (factor == other.factor && index < other.index);
  }
};

// The largest number lies between these multiples of the unit: beyond them no group of a model was
// found to have a smaller error that was worth the time.
constexpr double kLeastCode = 6, kMostCode = 9;

// Codes of a group as a unit shrinks, and what follows from them: with the sums of x * c and of
// c * c, each times its importance, the best unit for these codes is their quotient, and the error
// falls by x * c squared over c * c.
struct Sweep {
  std::array<int, kernels::kGroup> codes;
  double products = 0, squares = 0;
  double best_products = 0, best_squares = 1;

  void keep_best() {
    const bool better =
        products * products * best_squares > best_products * best_products * squares;
    if (squares == 0 || !better) return;
    best_products = products;
    best_squares = squares;
  }
};

// The unit, of this sign, that leaves the least error of all in reach.
double best_unit(const Group& group, double largest, double sign) {
  const std::span<const float> numbers = group.numbers;
  const double first = kLeastCode / largest, last = kMostCode / largest;
  std::array<Step, kernels::kGroup * 4> steps;
  size_t count = 0;
  Sweep sweep;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double number = sign * double{numbers[i]}, magnitude = std::abs(number);
    const int code = static_cast<int>(std::clamp(rounded(number * first), -8.0, 7.0));
    sweep.codes[i] = code;
    sweep.products += number * code * group.importance[i];
    sweep.squares += code * code * group.importance[i];
    for (int k = std::abs(code); k < (number > 0 ? 7 : 8); ++k) {
      const double factor = (k + 0.5) / magnitude;
      if (!(factor < last)) break;
      steps[count++] = {factor, i};
    }
  }
  std::sort(steps.begin(), steps.begin() + static_cast<ptrdiff_t>(count));
  sweep.keep_best();
  for (size_t s = 0; s < count; ++s) {
    const double number = sign * double{numbers[steps[s].index]};
    int& code = sweep.codes[steps[s].index];
    const int next = code + (number > 0 ? 1 : -1);
    const double importance = group.importance[steps[s].index];
    sweep.products += std::abs(number) * importance;
    sweep.squares += (next * next - code * code) * importance;
    code = next;
    sweep.keep_best();
  }
  return sign * sweep.best_products / sweep.best_squares;
}

// Whether every number is a multiple of the unit that has a code.
bool holds(std::span<const float> numbers, kernels::F16 half) {
  const double unit = kernels::widen(half);
  return std::all_of(numbers.begin(), numbers.end(), [&](float number) {
    return half_code(number, unit) * unit == double{number};
  });
}

// What came from a checkpoint of 4 bits stays what it was there: of a group that has none of its
// largest codes the search does not come across the unit.
void keep_multiples(std::span<const float> numbers, float largest, kernels::F16& best) {
  for (int code = static_cast<int>(kLeastCode) - 1; code > 0; --code) {
    const kernels::F16 unit = half(largest / static_cast<float>(code));
    if (!holds(numbers, unit)) continue;
    best = unit;
    return;
  }
}

// The numbers of a group with a minimum, as loops over doubles take them, and their extremes.
struct Above {
  Group group;
  std::array<double, kernels::kGroup> numbers;
  double least, most;
};

double at_code(int code, const UnitAndMinimum& of) {
  return code * double{kernels::widen(of.unit)} + double{kernels::widen(of.minimum)};
}

int8_t code_above(float number, const UnitAndMinimum& of) {
  const double unit = kernels::widen(of.unit), minimum = kernels::widen(of.minimum);
  return unit != 0 ? code_of(double{number} - minimum, unit, 0, 15) : int8_t{0};
}

// The nearest code, but for what a reciprocal is rounded by.
double near_code(double number, double factor, double minimum) {
  return std::clamp(rounded((number - minimum) * factor), 0.0, 15.0);
}

double error_of(const Above& above, const UnitAndMinimum& of) {
  const double unit = kernels::widen(of.unit), minimum = kernels::widen(of.minimum);
  const double factor = unit != 0 ? 1 / unit : 0;
  double sum = 0;
  for (size_t i = 0; i < above.group.numbers.size(); ++i) {
    const double number = above.numbers[i];
    const double left = near_code(number, factor, minimum) * unit + minimum - number;
    sum += left * left * above.group.importance[i];
  }
  return sum;
}

bool holds(std::span<const float> numbers, const UnitAndMinimum& of) {
  return std::all_of(numbers.begin(), numbers.end(), [&](float number) {
    return static_cast<float>(at_code(code_above(number, of), of)) == number;
  });
}

// What came from a checkpoint of such codes stays what it was there: the codes of the extremes lie
// so many units apart, and before the one of code 0 lie so many that no number has.
bool find_exact(const Above& above, UnitAndMinimum& found) {
  const double range = above.most - above.least;
  // Numbers are sums rounded to f32.
  const double close = (std::abs(above.most) + std::abs(above.least)) * 0x1p-22;
  for (const double sign : {1.0, -1.0}) {
    for (int span = 15; span > 0; --span) {
      found.unit = half(static_cast<float>(sign * range / span));
      const double unit = kernels::widen(found.unit);
      if (unit == 0 || std::abs(std::abs(unit) * span - range) > close) continue;
      for (int first = 0; first + span <= 15; ++first) {
        const double minimum = (sign > 0 ? above.least : above.most) - first * unit;
        found.minimum = half(static_cast<float>(minimum));
        const double left = double{kernels::widen(found.minimum)} - minimum;
        if (std::abs(left) <= close && holds(above.group.numbers, found)) return true;
      }
    }
  }
  return false;
}

// The unit and the minimum that leave the least error for the nearest codes of others, by their
// weighted squares; false where all codes are the same.
bool fit_codes(const Above& above, double unit, double minimum, UnitAndMinimum& fitted) {
  const double factor = 1 / unit;
  double all = 0, codes = 0, squares = 0, sums = 0, products = 0;
  for (size_t i = 0; i < above.group.numbers.size(); ++i) {
    const double number = above.numbers[i], weight = above.group.importance[i];
    const double code = near_code(number, factor, minimum);
    all += weight;
    codes += weight * code;
    squares += weight * code * code;
    sums += weight * number;
    products += weight * code * number;
  }
  const double spread = all * squares - codes * codes;
  if (!(spread > 0)) return false;
  fitted.unit = half(static_cast<float>((all * products - codes * sums) / spread));
  fitted.minimum = half(static_cast<float>((squares * sums - codes * products) / spread));
  return true;
}

// Where the extremes lie more steps apart than codes, those of one end are cut off, or of the
// other, or of both; where less, the steps that are left lie so. Half as many more leave 0.1 %
// less, a step between instead of half of one 4 % more, and one place instead of three 15 % more.
constexpr double kLeastSteps = 14, kMostSteps = 18, kStepBetween = 0.5;
constexpr double kPlaces[] = {0, 0.5, 1};

UnitAndMinimum search_above(const Above& above) {
  UnitAndMinimum best = {half(static_cast<float>((above.most - above.least) / 15)),
                         half(static_cast<float>(above.least))};
  double least = error_of(above, best);
  for (double steps = kLeastSteps; steps <= kMostSteps; steps += kStepBetween) {
    const double unit = (above.most - above.least) / steps;
    for (const double place : kPlaces) {
      UnitAndMinimum fitted;
      if (!fit_codes(above, unit, above.least + (steps - 15) * place * unit, fitted)) continue;
      const double error = error_of(above, fitted);
      if (!(error < least)) continue;
      least = error;
      best = fitted;
    }
  }
  return best;
}

constexpr std::array<double, kernels::kGroup> kAllTheSame = [] {
  std::array<double, kernels::kGroup> all = {};
  all.fill(1);
  return all;
}();

}  // namespace

int8_t code_of(double number, double unit, double least, double most) {
  return static_cast<int8_t>(std::clamp(rounded(number / unit), -least, most));
}

float quantize(std::span<const float> numbers, std::span<int8_t> codes) {
  float largest = 0;
  for (const float number : numbers) largest = std::max(largest, std::abs(number));
  const float unit = largest / 127;
  for (size_t i = 0; i < numbers.size(); ++i) {
    codes[i] = unit > 0 ? code_of(double{numbers[i]}, double{unit}, 127, 127) : int8_t{0};
  }
  return unit;
}

kernels::F16 quantize_group(std::span<const float> numbers, std::span<int8_t> codes,
                            std::span<const double> importance) {
  const Group group = {numbers, importance.empty() ? std::span(kAllTheSame) : importance};
  float largest = 0;
  for (const float number : numbers) {
    if (std::abs(number) > std::abs(largest)) largest = number;
  }
  // The largest number becomes -8, of which there is no opposite, or what leaves a smaller error.
  kernels::F16 best = half(largest / -8);
  double least = error_of(group, best);
  for (const double sign : {1.0, -1.0}) {
    if (largest == 0) break;
    const kernels::F16 unit = half(static_cast<float>(best_unit(group, std::abs(largest), sign)));
    const double error = error_of(group, unit);
    if (error < least) {
      least = error;
      best = unit;
    }
  }
  if (least > 0) keep_multiples(numbers, largest, best);
  const double unit = kernels::widen(best);
  for (size_t i = 0; i < numbers.size(); ++i) codes[i] = half_code(numbers[i], unit);
  return best;
}

UnitAndMinimum quantize_above_minimum(std::span<const float> numbers, std::span<int8_t> codes,
                                      std::span<const double> importance) {
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  Above above = {{numbers, importance.empty() ? std::span(kAllTheSame) : importance},
                 {},
                 double{*least},
                 double{*most}};
  std::copy(numbers.begin(), numbers.end(), above.numbers.begin());
  UnitAndMinimum best;
  if (*least == *most) {
    // One number alone: what its nearest f16 leaves is a unit.
    best.minimum = half(*least);
    best.unit = half(*least - kernels::widen(best.minimum));
  } else if (!find_exact(above, best)) {
    best = search_above(above);
  }
  for (size_t i = 0; i < numbers.size(); ++i) codes[i] = code_above(numbers[i], best);
  return best;
}

float search_unit(std::span<const float> numbers, std::span<const double> importance) {
  constexpr int kSteps = 24;
  constexpr float kStep = 0x1p-7f;
  float largest = 0;
  for (const float number : numbers) largest = std::max(largest, std::abs(number));
  float best = largest / 127;
  double least = INFINITY;
  for (int step = 0; step < kSteps && best > 0; ++step) {
    const float unit = largest / 127 * (1 - static_cast<float>(step) * kStep);
    double error = 0;
    for (size_t i = 0; i < numbers.size() && error < least; ++i) {
      const double number = double{numbers[i]};
      const double left = code_of(number, double{unit}, 127, 127) * double{unit} - number;
      error += left * left * importance[i];
    }
    if (!(unit > 0) || !(error < least)) continue;
    least = error;
    best = unit;
  }
  return best;
}

float half_nearest(float number) {
  return std::isfinite(kernels::widen(half(number / 8))) ? number : std::copysign(INFINITY, number);
}

float minimum_nearest(float number) {
  return std::isfinite(kernels::widen(half(number))) ? number : std::copysign(INFINITY, number);
}

}  // namespace fovea::tools
