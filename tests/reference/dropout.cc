#include "tests/reference/dropout.h"

#include <cmath>

namespace fovea::test {
namespace {

constexpr int kRotations[8][2] = {{10, 26}, {11, 21}, {13, 27}, {23, 5},
                                  {6, 20},  {17, 11}, {25, 10}, {18, 20}};

void mix(uint32_t& a, uint32_t& b, int rotation) {
  a += b;
  b = (b << rotation | b >> (32 - rotation)) ^ a;
}

}  // namespace

Four threefry(const Four& key, const Four& counter) {
  std::array<uint32_t, 5> keys = {key[0], key[1], key[2], key[3], 0x1BD11BDA};
  for (const uint32_t k : key) keys[4] ^= k;
  Four x = counter;
  for (uint32_t round = 0; round <= 20; ++round) {
    if (round % 4 == 0) {
      for (uint32_t i = 0; i < 4; ++i) x[i] += keys[(round / 4 + i) % 5];
      x[3] += round / 4;
    }
    if (round == 20) break;
    const auto& rotation = kRotations[round % 8];
    mix(x[0], x[round % 2 == 0 ? 1 : 3], rotation[0]);
    mix(x[2], x[round % 2 == 0 ? 3 : 1], rotation[1]);
  }
  return x;
}

// 64 keys have 16 counters, each of which has numbers for four keys, 16 apart.
double Drops::number(uint32_t key) const {
  const Four counter = {key / 64 * 16 + key % 16, query, 0, 0};
  const uint32_t drawn = threefry({seed, pass, layer, head}, counter)[key / 16 % 4];
  return (static_cast<double>(static_cast<int32_t>(drawn)) + 0x1p31) * 0x1p-32;
}

double Drops::factor(uint32_t key) const {
  const double p = std::floor(double{probability} * 0x1p32) * 0x1p-32;
  return number(key) < p ? 0 : 1 / (1 - double{probability});
}

}  // namespace fovea::test
