#include "tools/checkpoint/gguf/blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tools/checkpoint/half.h"

namespace fovea::tools {
namespace {

constexpr size_t kSmall = 32, kLarge = 256;  // elements of a block
constexpr size_t kParts = 8;                 // of a large one, with a scale and a minimum each

float half_at(const uint8_t* bytes) {
  uint16_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return from_half(bits);
}

uint32_t word_at(const uint8_t* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Element i of a small block: lower halves of the bytes first, then upper ones.
uint32_t nibble(const uint8_t* bytes, size_t i) {
  return bytes[i % 16] >> (i / 16 * 4) & 15u;
}

// f16 scale, [f16 minimum,] [32 fifth bits,] 16 bytes. Without a minimum codes are signed.
template <bool kMinimum, bool kFifth>
void decode_small(const uint8_t* block, float* out) {
  const float scale = half_at(block);
  const float minimum = kMinimum ? half_at(block + 2) : 0;
  const uint8_t* bits = block + (kMinimum ? 4 : 2);
  const uint32_t fifth = kFifth ? word_at(bits) : 0;
  const uint8_t* halves = bits + (kFifth ? 4 : 0);
  for (size_t i = 0; i < kSmall; ++i) {
    const uint32_t code = nibble(halves, i) | (fifth >> i & 1u) << 4;
    if constexpr (kMinimum) {
      const float product = scale * static_cast<float>(code);
      out[i] = product + minimum;
    } else {
      out[i] = scale * static_cast<float>(static_cast<int32_t>(code) - (kFifth ? 16 : 8));
    }
  }
}

void decode_q8(const uint8_t* block, float* out) {
  const float scale = half_at(block);
  for (size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(static_cast<int8_t>(block[2 + i])) * scale;
  }
}

// Sixteen numbers that suit bell-shaped weights.
void decode_iq4(const uint8_t* block, float* out) {
  static constexpr int8_t kNumbers[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};
  const float scale = half_at(block);
  for (size_t i = 0; i < kSmall; ++i) {
    out[i] = scale * static_cast<float>(kNumbers[nibble(block + 2, i)]);
  }
}

// 2^(exponent - 128), the twice of which every number is stored. Exponents 0 and 1 are subnormal.
float half_power(uint8_t exponent) {
  return std::bit_cast<float>(exponent < 2 ? 0x00200000u << exponent : (exponent - 1u) << 23);
}

// Elements in another order than OpenAI's, and without a negative zero.
void decode_mx4(const uint8_t* block, float* out) {
  static constexpr int8_t kDoubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  const float scale = half_power(block[0]);
  for (size_t i = 0; i < kSmall; ++i) {
    out[i] = scale * static_cast<float>(kDoubled[nibble(block + 1, i)]);
  }
}

struct Part {
  float scale, minimum;
};

// Twelve bytes hold eight scales and eight minima of six bits: the first four of each in the lower
// bits of bytes 0 to 7, the others in halves of bytes 8 to 11 and the upper two bits of 0 to 7.
Part part_at(const uint8_t* block, size_t i) {
  const uint8_t* codes = block + 4;
  uint32_t scale = 0, minimum = 0;
  if (i < 4) {
    scale = codes[i] & 63u;
    minimum = codes[i + 4] & 63u;
  } else {
    scale = (codes[i + 4] & 15u) | (codes[i - 4] >> 6u) << 4;
    minimum = static_cast<uint32_t>(codes[i + 4] >> 4) | (codes[i] >> 6u) << 4;
  }
  return {half_at(block) * static_cast<float>(scale),
          half_at(block + 2) * static_cast<float>(minimum)};
}

// f16 scale of scales and of minima, 12 bytes of those, [32 bytes of fifth bits,] 128 bytes: each
// 32 of them have one part in their lower halves and the next one in their upper halves. Bit p of
// the fifth bits' byte i is that of element i of part p.
template <bool kFifth>
void decode_parts(const uint8_t* block, float* out) {
  const uint8_t* fifth = block + 16;
  const uint8_t* halves = fifth + (kFifth ? 32 : 0);
  for (size_t p = 0; p < kParts; ++p) {
    const Part part = part_at(block, p);
    for (size_t i = 0; i < kSmall; ++i) {
      uint32_t code = halves[p / 2 * 32 + i] >> (p % 2 * 4) & 15u;
      if (kFifth) code |= (fifth[i] >> p & 1u) << 4;
      const float product = part.scale * static_cast<float>(code);
      out[p * kSmall + i] = product - part.minimum;
    }
  }
}

// 128 bytes of lower halves, 64 of upper pairs of bits, 16 signed scales, f16 scale of those. Of
// each half of a block, 64 bytes have elements 0 to 63 below and 64 to 127 above; 32 have the
// pairs.
void decode_q6(const uint8_t* block, float* out) {
  const uint8_t* pairs = block + 128;
  const uint8_t* scales = pairs + 64;
  const float whole = half_at(scales + 16);
  for (size_t i = 0; i < kLarge; ++i) {
    const size_t half = i / 128, within = i % 128;
    const uint32_t low = block[half * 64 + within % 64] >> (within / 64 * 4) & 15u;
    const uint32_t high = pairs[half * 32 + within % 32] >> (within / 32 * 2) & 3u;
    const float scale = whole * static_cast<float>(static_cast<int8_t>(scales[i / 16]));
    out[i] = scale * static_cast<float>(static_cast<int32_t>(low | high << 4) - 32);
  }
}

// Any range of elements, by whole blocks.
template <size_t kElements, void (*kDecode)(const uint8_t*, float*)>
void decode(const Codec& codec, const StoredBytes& bytes, uint64_t first, std::span<float> out) {
  float numbers[kElements];
  for (size_t done = 0; done < out.size();) {
    const uint64_t element = first + done;
    const size_t within = element % kElements;
    const size_t count = std::min(kElements - within, out.size() - done);
    kDecode(bytes.blocks + element / kElements * codec.block_bytes, numbers);
    std::copy_n(numbers + within, count, out.begin() + static_cast<ptrdiff_t>(done));
    done += count;
  }
}

template <size_t kElements, void (*kDecode)(const uint8_t*, float*)>
constexpr Codec blocks_of(uint64_t bytes) {
  return {kElements, bytes, decode<kElements, kDecode>};
}

constexpr Codec kUnread = {0, 0};
constexpr Codec integers(uint64_t bytes) {
  return {1, bytes};
}

const GgmlType kTypes[] = {
    {0, "F32", kFloat32},
    {1, "F16", kFloat16},
    {2, "Q4_0", blocks_of<kSmall, decode_small<false, false>>(18)},
    {3, "Q4_1", blocks_of<kSmall, decode_small<true, false>>(20)},
    {6, "Q5_0", blocks_of<kSmall, decode_small<false, true>>(22)},
    {7, "Q5_1", blocks_of<kSmall, decode_small<true, true>>(24)},
    {8, "Q8_0", blocks_of<kSmall, decode_q8>(34)},
    {9, "Q8_1", kUnread},
    {10, "Q2_K", kUnread},
    {11, "Q3_K", kUnread},
    {12, "Q4_K", blocks_of<kLarge, decode_parts<false>>(144)},
    {13, "Q5_K", blocks_of<kLarge, decode_parts<true>>(176)},
    {14, "Q6_K", blocks_of<kLarge, decode_q6>(210)},
    {15, "Q8_K", kUnread},
    {16, "IQ2_XXS", kUnread},
    {17, "IQ2_XS", kUnread},
    {18, "IQ3_XXS", kUnread},
    {19, "IQ1_S", kUnread},
    {20, "IQ4_NL", blocks_of<kSmall, decode_iq4>(18)},
    {21, "IQ3_S", kUnread},
    {22, "IQ2_S", kUnread},
    {23, "IQ4_XS", kUnread},
    {24, "I8", integers(1)},
    {25, "I16", integers(2)},
    {26, "I32", integers(4)},
    {27, "I64", integers(8)},
    {28, "F64", integers(8)},
    {29, "IQ1_M", kUnread},
    {30, "BF16", kBFloat16},
    {34, "TQ1_0", kUnread},
    {35, "TQ2_0", kUnread},
    {39, "MXFP4", blocks_of<kSmall, decode_mx4>(17)},
    {40, "NVFP4", kUnread},
};

}  // namespace

const GgmlType* find_ggml_type(uint32_t number) {
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const GgmlType& type) { return type.number == number; });
  return found == std::end(kTypes) ? nullptr : found;
}

const char* ggml_types_known() {
  return "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, IQ4_NL and MXFP4";
}

}  // namespace fovea::tools
