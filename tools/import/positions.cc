#include "tools/import/positions.h"

namespace fovea::tools {

int32_t add_position_table(const PositionsSpec& positions, uint32_t count, uint32_t width,
                           const std::string& path, Weights& weights) {
  switch (positions.kind) {
    case PositionsSpec::kNone:
      break;
    case PositionsSpec::kLearned:
      return weights.positions(positions, count, width);
    case PositionsSpec::kSinusoidal:
    case PositionsSpec::kSinesFirst:
    case PositionsSpec::kSinesFirstEnds:
      if (!positions.tensor.empty() && weights.has(positions.tensor)) {
        return weights.positions(positions, count, width);
      }
      return add_sinusoids(positions, count, width, path, weights);
  }
  return -1;
}

}  // namespace fovea::tools
