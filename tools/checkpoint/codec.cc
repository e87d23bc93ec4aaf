#include "tools/checkpoint/codec.h"

#include <cstring>

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

}  // namespace

constinit const Codec kFloat32 = {1, 4, decode_f32};
constinit const Codec kFloat16 = {1, 2, decode_16<from_half>, 0x1p-11,
                                  0x1p-25};  // subnormals: n * 2^-24
constinit const Codec kBFloat16 = {1, 2, decode_16<from_bfloat>, 0x1p-8, 0};

Codec int8_groups(uint64_t group) {
  return {group, group, decode_int8_groups};
}

Codec opaque(uint64_t bytes) {
  return {1, bytes};
}

}  // namespace fovea::tools
