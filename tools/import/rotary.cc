#include "tools/import/rotary.h"

#include <cmath>
#include <numbers>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// Llama 3.1 leaves short wavelengths alone, divides long ones by `factor` and goes from one to the
// other smoothly.
double llama3_scaled(double frequency, const Config& scaling) {
  const double factor = scaling.number("factor", 8);
  const double low = scaling.number("low_freq_factor", 1);
  const double high = scaling.number("high_freq_factor", 4);
  const double context = scaling.number("original_max_position_embeddings", 8192);
  const double turns = context * frequency / (2 * std::numbers::pi);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const double smooth = (turns - low) / (high - low);
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

double scaled(double frequency, const Config& scaling) {
  const std::string type =
      scaling.has("rope_type") ? scaling.text("rope_type") : scaling.text("type", "default");
  if (type == "default") return frequency;
  if (type == "linear") return frequency / scaling.number("factor", 1);
  if (type == "llama3") return llama3_scaled(frequency, scaling);
  fail("{}: the config's rope_scaling is of type {}; known are default, linear and llama3",
       scaling.path(), type);
}

}  // namespace

std::vector<float> inverse_frequencies(const Config& config, uint32_t head_width) {
  static const nlohmann::json kNone = nlohmann::json::object();
  const char* key = config.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  const Config scaling(config.has(key) && config.at(key).is_object() ? config.at(key) : kNone,
                       config.path());
  // Newer configs keep the base beside the scaling.
  const double base = scaling.number("rope_theta", config.number("rope_theta", 10000));
  const double share = config.number("partial_rotary_factor", 1);
  const uint32_t width = static_cast<uint32_t>(head_width * share) / 2 * 2;
  if (!(base > 0) || !(share > 0 && share <= 1) || width == 0) {
    fail("{}: the config's rope_theta of {} or partial_rotary_factor of {} makes no rotation",
         config.path(), base, share);
  }
  std::vector<float> frequencies;
  for (uint32_t i = 0; i < width; i += 2) {
    const double frequency = std::pow(base, -static_cast<double>(i) / width);
    frequencies.push_back(static_cast<float>(scaled(frequency, scaling)));
  }
  return frequencies;
}

}  // namespace fovea::tools
