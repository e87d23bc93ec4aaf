#include "tools/checkpoint/codec.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace fovea::test {
namespace {

using tools::Codec;
using tools::StoredBytes;

template <typename T>
std::vector<float> decode(const Codec& codec, const std::vector<T>& stored, uint64_t first,
                          size_t count, const float* scales = nullptr) {
  // One byte further, as files have it.
  std::vector<uint8_t> bytes(stored.size() * sizeof(T) + 1);
  std::memcpy(bytes.data() + 1, stored.data(), stored.size() * sizeof(T));
  std::vector<float> out(count, NAN);
  codec.decode(codec, {bytes.data() + 1, reinterpret_cast<const uint8_t*>(scales)}, first, out);
  return out;
}

}  // namespace

TEST_CASE("floats of 32 and 16 bits") {
  CHECK(decode<float>(tools::kFloat32, {1, 2.5f, -3}, 1, 2) == std::vector<float>{2.5f, -3});
  CHECK(decode<uint16_t>(tools::kFloat16, {0x3c00, 0xc100, 0x0001}, 0, 3) ==
        std::vector<float>{1, -2.5f, 0x1p-24f});
  CHECK(decode<uint16_t>(tools::kBFloat16, {0x3f80, 0xc020, 0x0001}, 1, 2) ==
        std::vector<float>{-2.5f, 0x1p-133f});
}

TEST_CASE("groups of int8 with a scale each, from any element on") {
  const std::vector<int8_t> stored = {1, -2, 3, 127, -128, 5, 6, 7, 8};
  const float scales[] = {1, 0.5f, -2};
  const Codec codec = tools::int8_groups(3);
  CHECK(decode(codec, stored, 0, 9, scales) ==
        std::vector<float>{1, -2, 3, 63.5f, -64, 2.5f, -12, -14, -16});
  CHECK(decode(codec, stored, 2, 3, scales) == std::vector<float>{3, 63.5f, -64});
  CHECK(codec.block_elements == 3);
  CHECK(codec.block_bytes == 3);
}

TEST_CASE("blocks of four bits with a power of two each, the lower half first") {
  std::vector<uint8_t> stored(32);
  for (size_t i = 0; i < 16; ++i) {
    stored[i] = static_cast<uint8_t>(2 * (i % 8) | (2 * (i % 8) + 1) << 4);
    stored[16 + i] = 0x7F;  // -6, then 6
  }
  const uint8_t scales[] = {128, 0};
  const auto numbers = [&](uint64_t first, size_t count) {
    std::vector<float> out(count);
    tools::kMxfp4.decode(tools::kMxfp4, {stored.data(), scales}, first, out);
    return out;
  };
  CHECK(numbers(0, 16) ==
        std::vector<float>{0, 1, 2, 3, 4, 6, 8, 12, -0.0f, -1, -2, -3, -4, -6, -8, -12});
  CHECK(numbers(31, 3) == std::vector<float>{-12, -6 * 0x1p-127f, 6 * 0x1p-127f});
  const uint8_t large[] = {254, 255};
  std::vector<float> out(64);
  tools::kMxfp4.decode(tools::kMxfp4, {stored.data(), large}, 0, out);
  CHECK(out[3] == 1.5f * 0x1p127f);
  CHECK(std::isinf(out[7]));
  CHECK(std::isnan(out[32]));
  CHECK(tools::kMxfp4.block_elements == 32);
  CHECK(tools::kMxfp4.block_bytes == 16);
}

TEST_CASE("what no weight may be has a size and no numbers") {
  CHECK(tools::opaque(8).block_bytes == 8);
  CHECK(tools::opaque(8).decode == nullptr);
}

}  // namespace fovea::test
