#include <cmath>
#include <limits>

#include "tools/checkpoint/codec.h"

namespace fovea::tools {
namespace {

// Exact, but for 6 * 2^127 and its like, which become infinite; no scale is 255, which stands for
// NaN.
float mxfp4_scale(uint8_t exponent) {
  return exponent == 255 ? std::numeric_limits<float>::quiet_NaN()
                         : std::ldexp(1.0f, int{exponent} - 127);
}

// A byte has two elements, the first of them in its lower half.
void decode_mxfp4(const Codec& codec, const StoredBytes& bytes, uint64_t first,
                  std::span<float> out) {
  static constexpr float kNumbers[16] = {0,     0.5f,  1,  1.5f,  2,  3,  4,  6,
                                         -0.0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
  for (size_t i = 0; i < out.size();) {
    const uint64_t block = (first + i) / codec.block_elements;
    const uint64_t end = (block + 1) * codec.block_elements - first;
    const float scale = mxfp4_scale(bytes.scales[block]);
    for (; i < out.size() && i < end; ++i) {
      const uint64_t element = first + i;
      const uint32_t half = element % 2 == 0 ? 0 : 4;
      out[i] = kNumbers[bytes.blocks[element / 2] >> half & 15] * scale;
    }
  }
}

}  // namespace

constinit const Codec kMxfp4 = {32, 16, decode_mxfp4};

}  // namespace fovea::tools
