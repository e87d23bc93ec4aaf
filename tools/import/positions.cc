#include "tools/import/positions.h"

#include <cmath>
#include <span>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostSinusoids = uint64_t{1} << 26;

// The table of Vaswani et al. (2017): sines at even columns, cosines at odd ones.
int32_t add_sinusoids(uint32_t count, uint32_t width, const std::string& path, Weights& weights) {
  // Nothing in the checkpoint bounds this table.
  if (uint64_t{count} * width > kMostSinusoids) {
    fail(
        "{}: the config asks for sinusoids of {} positions, {} numbers each; {} MB at most are "
        "made",
        path, count, width, kMostSinusoids * sizeof(float) >> 20);
  }
  const auto generate = [width](uint64_t first, std::span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) {
      const uint32_t position = static_cast<uint32_t>((first + i) / width);
      const uint32_t column = static_cast<uint32_t>((first + i) % width);
      const double even = column - column % 2;
      const double angle = position / std::pow(10000.0, even / width);
      out[i] = static_cast<float>(column % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  };
  return weights.generated("sinusoids." + std::to_string(count), count, width, generate);
}

}  // namespace

int32_t add_position_table(const PositionsSpec& positions, uint32_t count, uint32_t width,
                           const std::string& path, Weights& weights) {
  switch (positions.kind) {
    case PositionsSpec::kNone:
      break;
    case PositionsSpec::kLearned:
      return weights.positions(positions, count, width);
    case PositionsSpec::kSinusoidal:
      return add_sinusoids(count, width, path, weights);
  }
  return -1;
}

}  // namespace fovea::tools
