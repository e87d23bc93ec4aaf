#include <cmath>
#include <span>
#include <string>

#include "tools/common/error.h"
#include "tools/import/positions.h"

namespace fovea::tools {
namespace {

constexpr uint64_t kMostSinusoids = uint64_t{1} << 26;

// How a table is made of sines and cosines of position / 10000^exponent.
struct Sinusoid {
  bool sine;
  double exponent;
};

// The tables of Vaswani et al. (2017) and of programs that followed.
Sinusoid sinusoid_of(PositionsSpec::Kind kind, uint32_t column, uint32_t width) {
  if (kind == PositionsSpec::kSinusoidal) {
    const double even = column - column % 2;
    return {column % 2 == 0, even / width};
  }
  const bool ends = kind == PositionsSpec::kSinesFirstEnds;
  const uint32_t half = ends ? width / 2 : (width + 1) / 2, pair = column % half;
  return {column < half, ends ? static_cast<double>(pair) / (half - 1) : 2.0 * pair / width};
}

}  // namespace

int32_t add_sinusoids(const PositionsSpec& positions, uint32_t count, uint32_t width,
                      const std::string& path, Weights& weights) {
  // Nothing in the checkpoint bounds this table.
  if (uint64_t{count} * width > kMostSinusoids) {
    fail(
        "{}: the config asks for sinusoids of {} positions, {} numbers each; {} MB at most are "
        "made",
        path, count, width, kMostSinusoids * sizeof(float) >> 20);
  }
  if (positions.kind == PositionsSpec::kSinesFirstEnds && (width < 4 || width % 2 != 0)) {
    fail("{}: sinusoids of this family need an even width of 4 or more, not {}", path, width);
  }
  const auto generate = [width, kind = positions.kind, start = positions.first](
                            uint64_t first, std::span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) {
      const uint64_t position = start + (first + i) / width;
      const auto column = static_cast<uint32_t>((first + i) % width);
      const Sinusoid s = sinusoid_of(kind, column, width);
      const double angle = static_cast<double>(position) / std::pow(10000.0, s.exponent);
      out[i] = static_cast<float>(s.sine ? std::sin(angle) : std::cos(angle));
    }
  };
  return weights.generated("sinusoids." + std::to_string(count), count, width, generate);
}

}  // namespace fovea::tools
