// The formulas of transformers 5 (modeling_rope_utils), in double precision.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/import/rotary.h"

namespace fovea::tools {
namespace {

// theta^(-2 i / width) for each pair.
std::vector<double> plain(double theta, uint32_t width) {
  std::vector<double> frequencies;
  for (uint32_t i = 0; i < width; i += 2) {
    frequencies.push_back(std::pow(theta, -static_cast<double>(i) / width));
  }
  return frequencies;
}

// A base that grows with the sequence keeps the shortest wavelength and stretches the longest
// (bloc97's "NTK-aware" scaling).
double grown_theta(const Rotary& r, uint32_t context) {
  if (context <= r.positions || r.width <= 2) return r.theta;
  const double grown = r.factor * context / r.positions - (r.factor - 1);
  return r.theta * std::pow(grown, r.width / (r.width - 2.0));
}

// Llama 3.1 leaves short wavelengths alone, divides long ones by the factor and goes from one to
// the other smoothly.
double llama3_scaled(const Rotary& r, double frequency) {
  const double turns = r.original * frequency / (2 * std::numbers::pi);
  if (turns < r.low) return frequency / r.factor;
  if (turns > r.high) return frequency;
  const double smooth = (turns - r.low) / (r.high - r.low);
  return (1 - smooth) * frequency / r.factor + smooth * frequency;
}

// The pair, as a real number, that turns so often within the original context (Peng et al. 2023).
double yarn_pair(const Rotary& r, double turns) {
  return r.width * std::log(r.original / (turns * 2 * std::numbers::pi)) / (2 * std::log(r.theta));
}

std::vector<double> yarn(const Rotary& r) {
  double low = yarn_pair(r, r.fast), high = yarn_pair(r, r.slow);
  if (r.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, r.width - 1.0);
  if (low == high) high += 0.001;  // as transformers does against a division by zero
  std::vector<double> frequencies = plain(r.theta, r.width);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] = frequencies[i] / r.factor * ramp + frequencies[i] * (1 - ramp);
  }
  return frequencies;
}

double yarn_scale(double factor, double mscale) {
  return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
}

double attention_factor(const Rotary& r) {
  if (r.attention_factor) return *r.attention_factor;
  if (r.type == RotaryType::kLongRope) {
    return r.factor <= 1 ? 1 : std::sqrt(1 + std::log(r.factor) / std::log(r.original));
  }
  if (r.mscale != 0 && r.mscale_all != 0) {
    return yarn_scale(r.factor, r.mscale) / yarn_scale(r.factor, r.mscale_all);
  }
  return yarn_scale(r.factor, 1);
}

void fill_dynamic(const Rotary& r, uint32_t context, RotaryTable& table) {
  table.frequencies = plain(grown_theta(r, context), r.width);
  if (context <= r.positions) return;
  table.note = fmt::format(
      "dynamic rotary embedding: frequencies are those of sequences of {} tokens, for shorter ones "
      "too (--max context={} gives those of the original context)",
      context, r.positions);
}

void fill_long_rope(const Rotary& r, uint32_t context, RotaryTable& table) {
  const bool longer = context > r.original;
  const std::vector<double>& factors = longer ? r.long_factors : r.short_factors;
  table.frequencies = plain(r.theta, r.width);
  for (size_t i = 0; i < table.frequencies.size(); ++i) table.frequencies[i] /= factors[i];
  table.factor = attention_factor(r);
  table.note = fmt::format(
      "longrope rotary embedding: the {} factors, for the context of {} tokens ({} with --max "
      "context=N of {} {})",
      longer ? "long" : "short", context, longer ? "short" : "long",
      longer ? "at most" : "more than", r.original);
}

// Pairs past the share that turns do not turn at all.
void fill_proportional(const Rotary& r, RotaryTable& table) {
  table.frequencies = plain(r.theta, r.width);
  const size_t turning = static_cast<size_t>(std::floor(r.partial * r.width / 2));
  for (size_t i = 0; i < table.frequencies.size(); ++i) {
    table.frequencies[i] = i < turning ? table.frequencies[i] / r.factor : 0;
  }
}

}  // namespace

uint32_t Rotary::longest() const {
  const double reach = type == RotaryType::kLinear || type == RotaryType::kDynamic
                           ? factor * positions
                           : factor * original;
  const bool scaled = type != RotaryType::kDefault && type != RotaryType::kProportional &&
                      type != RotaryType::kDivided;
  if (!scaled || !(reach > positions)) return positions;
  return static_cast<uint32_t>(std::min(reach, kMostAngle));
}

uint32_t Rotary::longest_alike(uint32_t context) const {
  if (type == RotaryType::kDynamic) return std::max(context, positions);
  const bool is_short = type == RotaryType::kLongRope && context <= original;
  return is_short ? static_cast<uint32_t>(std::min<double>(original, longest())) : longest();
}

RotaryTable rotary_table(const Rotary& r, uint32_t context) {
  RotaryTable table;
  switch (r.type) {
    case RotaryType::kDynamic:
      fill_dynamic(r, context, table);
      break;
    case RotaryType::kLongRope:
      fill_long_rope(r, context, table);
      break;
    case RotaryType::kProportional:
      fill_proportional(r, table);
      break;
    case RotaryType::kDivided:
      table.frequencies = plain(r.theta, r.width);
      for (size_t i = 0; i < table.frequencies.size(); ++i) table.frequencies[i] /= r.divisors[i];
      break;
    case RotaryType::kYarn:
      table.frequencies = yarn(r);
      table.factor = attention_factor(r);
      break;
    default:
      table.frequencies = plain(r.theta, r.width);
      for (double& f : table.frequencies) {
        f = r.type == RotaryType::kLlama3 ? llama3_scaled(r, f) : f / r.factor;
      }
  }
  return table;
}

}  // namespace fovea::tools
