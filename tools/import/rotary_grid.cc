#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tools/import/rotary_weights.h"

namespace fovea::tools {

RotaryWeights add_grid_rotary(const RotarySpec& rotary, size_t index, Weights& weights) {
  const uint32_t pairs = rotary.settings.width / 2, half = pairs / 2;
  const uint32_t tokens = rotary.unturned + rotary.grid.patches();
  std::vector<float> table(size_t{tokens} * 2 * pairs);
  for (uint32_t t = 0; t < tokens; ++t) {
    for (uint32_t pair = 0; pair < pairs; ++pair) {
      const uint32_t patch = t < rotary.unturned ? 0 : t - rotary.unturned;
      const bool by_line = pair < half;
      const uint32_t count = by_line ? rotary.grid.lines : rotary.grid.columns;
      const uint32_t at = by_line ? patch / rotary.grid.columns : patch % rotary.grid.columns;
      const double kPi = std::acos(-1.0);
      const double place = t < rotary.unturned ? 0 : 2 * (at + 0.5) / count - 1;
      const double frequency =
          std::pow(rotary.settings.theta, -static_cast<double>(pair % half) / half);
      const double angle = 2 * kPi * place * frequency;
      table[size_t{t} * 2 * pairs + pair] = static_cast<float>(std::cos(angle));
      table[(size_t{t} * 2 + 1) * pairs + pair] = static_cast<float>(std::sin(angle));
    }
  }
  RotaryWeights made;
  made.table = weights.constants("rotary_grid." + std::to_string(index), {tokens, 2 * pairs},
                                 std::move(table));
  made.interleaved = rotary.interleaved;
  return made;
}

}  // namespace fovea::tools
