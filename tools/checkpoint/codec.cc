#include "tools/checkpoint/codec.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "tools/checkpoint/half.h"

namespace fovea::tools {
namespace {

// Files give their numbers at any alignment.
template <typename T>
T load(const uint8_t* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

void decode_f32(const Codec&, const StoredBytes& bytes, uint64_t first, std::span<float> out) {
  std::memcpy(out.data(), bytes.blocks + first * sizeof(float), out.size_bytes());
}

template <float (*kWiden)(uint16_t)>
void decode_16(const Codec&, const StoredBytes& bytes, uint64_t first, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = kWiden(load<uint16_t>(bytes.blocks, first + i));
}

void decode_int8_groups(const Codec& codec, const StoredBytes& bytes, uint64_t first,
                        std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t element = first + i;
    const float scale = load<float>(bytes.scales, element / codec.block_elements);
    out[i] = static_cast<float>(load<int8_t>(bytes.blocks, element)) * scale;
  }
}

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

constinit const Codec kFloat32 = {1, 4, decode_f32};
constinit const Codec kFloat16 = {1, 2, decode_16<from_half>, 0x1p-11,
                                  0x1p-25};  // subnormals: n * 2^-24
constinit const Codec kBFloat16 = {1, 2, decode_16<from_bfloat>, 0x1p-8, 0};
constinit const Codec kMxfp4 = {32, 16, decode_mxfp4};

Codec int8_groups(uint64_t group) {
  return {group, group, decode_int8_groups};
}

Codec opaque(uint64_t bytes) {
  return {1, bytes};
}

}  // namespace fovea::tools
