// How files store the elements of a tensor, and how they become f32.

#ifndef FOVEA_TOOLS_CHECKPOINT_CODEC_H_
#define FOVEA_TOOLS_CHECKPOINT_CODEC_H_

#include <cstdint>
#include <span>

namespace fovea::tools {

// Where a tensor lies in a file.
struct StoredBytes {
  const uint8_t* blocks = nullptr;  // one after the other
  const uint8_t* scales = nullptr;  // of codecs that keep them apart from the blocks
};

// A tensor in row-major order is cut into blocks of consecutive elements.
struct Codec {
  uint64_t block_elements = 1;
  uint64_t block_bytes = 1;
  // Elements [first, first + out.size()) as f32; null for what no weight may be.
  void (*decode)(const Codec& codec, const StoredBytes& bytes, uint64_t first,
                 std::span<float> out) = nullptr;
  // What rounding to it changes a number by: a share of it, and so much more.
  double relative = 0, absolute = 0;
};

extern constinit const Codec kFloat32, kFloat16, kBFloat16;

// int8 with one f32 scale, kept apart, for each `group` of elements.
Codec int8_groups(uint64_t group);

// Numbers of four bits: 1 of sign, 2 of exponent, 1 of mantissa. Blocks of 32 have one scale, kept
// apart, a power of two of eight bits (OCP Microscaling Formats, MXFP4).
extern constinit const Codec kMxfp4;

// Integers, booleans and other elements of so many bytes, of which no weight is made.
Codec opaque(uint64_t bytes);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_CODEC_H_
