#include <doctest/doctest.h>

#include "tests/kernels/support.h"

using namespace fovea;

TEST_CASE("scratch sizes are multiples of 64 and grow with every argument") {
  fovea::test::Random random(16);
  for (int i = 0; i < 20000; ++i) {
    uint64_t at[4];
    for (uint64_t& n : at) n = random.from(0, random.coin() ? 40 : 5000);
    const auto attention = [](const uint64_t* n) {
      return kernels::attention_scratch(n[0], n[1], n[2], n[3]);
    };
    const uint64_t size = attention(at);
    const uint64_t linear = kernels::linear_scratch(at[0], at[1]);
    CHECK((size % 64 == 0 && linear % 64 == 0));
    at[random.from(0, 3)] += random.from(1, 100);
    CHECK(attention(at) >= size);
    CHECK(kernels::linear_scratch(at[0], at[1]) >= linear);
  }
}

TEST_CASE("attention's scratch does not grow with the length of keys or prompts") {
  const uint64_t limit = kernels::attention_scratch(24, 128, 64, 64);
  CHECK(kernels::attention_scratch(100000, 1000000, 64, 64) == limit);
  CHECK(limit == (24 * 128 + 24 * 64 + 24 * 64 + 4 * 32) * 4);
}

TEST_CASE("a small model needs little") {
  CHECK(kernels::attention_scratch(2, 512, 8, 8) <= 1536);  // stories260K, one token
}
