// fovea_crc32 against known answers and a version that takes one bit at a time.

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "fovea/fovea.h"

// The table that devices have, beside the one of this build.
#define FOVEA_FREESTANDING 1
#define fovea_crc32 fovea_crc32_of_devices
#include "runtime/crc32.cc"
#undef fovea_crc32
#undef FOVEA_FREESTANDING

namespace fovea::test {
namespace {

uint32_t bitwise(uint32_t crc, const unsigned char* data, size_t size) {
  crc = ~crc;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

using Crc = uint32_t (*)(uint32_t, const void*, size_t);
constexpr Crc kBoth[] = {fovea_crc32, fovea_crc32_of_devices};

TEST_CASE("the answers of the standard") {
  for (const Crc crc : kBoth) {
    CHECK(crc(0, "123456789", 9) == 0xCBF43926u);
    CHECK(crc(0, "", 0) == 0);
    CHECK(crc(0, "a", 1) == 0xE8B7BE43u);
    CHECK(crc(0, "\0\0\0\0", 4) == 0x2144DF1Cu);
    CHECK(crc(0, "\xFF\xFF\xFF\xFF", 4) == 0xFFFFFFFFu);
    CHECK(crc(7, nullptr, 0) == 7);
    CHECK(crc(7, nullptr, 9) == 7);
  }
}

TEST_CASE("every length, start and cut agrees with one bit at a time") {
  std::vector<unsigned char> bytes(64);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 151 + 7);
  for (const Crc crc : kBoth) {
    for (size_t start = 0; start < 8; ++start) {
      for (size_t size = 0; size <= 40; ++size) {
        const unsigned char* data = bytes.data() + start;
        const uint32_t expected = bitwise(0, data, size);
        CHECK(crc(0, data, size) == expected);
        const size_t cut = size / 3;
        CHECK(crc(crc(0, data, cut), data + cut, size - cut) == expected);
      }
    }
  }
}

TEST_CASE("every byte value counts") {
  for (const Crc crc : kBoth) {
    for (int value = 0; value < 256; ++value) {
      const unsigned char byte = static_cast<unsigned char>(value);
      CHECK(crc(0, &byte, 1) == bitwise(0, &byte, 1));
    }
  }
}

}  // namespace
}  // namespace fovea::test
