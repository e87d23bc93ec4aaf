// Sequences of a cache that take each other's place: each is what another one was, in place.

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "tests/runtime/feed.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {
namespace {

using Saved = std::vector<std::vector<unsigned char>>;

constexpr uint32_t kSequences = 6;

template <schema::DType type>
void widen(schema::ModelT& model) {
  model.sequences = kSequences;
  keep_caches(model, type);
}

// Six texts, one of them empty, others of more than one block of keys.
Saved texts(TinySession& s) {
  Saved made;
  for (const size_t count : {5u, 0u, 20u, 16u, 33u, 1u}) {
    REQUIRE(fovea_reset(s.get(), 0, nullptr) == FOVEA_OK);
    feed(s, tokens(count, static_cast<uint32_t>(count)), 7);
    made.push_back(save(s, 0));
  }
  return made;
}

void put(TinySession& s, const Saved& all) {
  for (uint32_t i = 0; i < kSequences; ++i) {
    REQUIRE(fovea_restore(s.get(), i, all[i].data(), all[i].size(), nullptr) == FOVEA_OK);
  }
}

void check(TinySession& s, const Saved& all, const std::vector<uint32_t>& from) {
  put(s, all);
  const auto count = static_cast<uint32_t>(from.size());
  CAPTURE(from);
  REQUIRE(fovea_arrange(s.get(), 0, from.data(), count, nullptr) == FOVEA_OK);
  for (uint32_t i = 0; i < kSequences; ++i) CHECK(save(s, i) == all[i < count ? from[i] : i]);
}

}  // namespace

TEST_CASE("sequences get what others had, in any order and several times") {
  void (*change)(schema::ModelT&) = nullptr;
  SUBCASE("of f32") {
    change = widen<schema::DType::Float32>;
  }
  SUBCASE("of f16") {
    change = widen<schema::DType::Float16>;
  }
  SUBCASE("of codes") {
    change = widen<schema::DType::Int8>;
  }
  TinySession s(nullptr, 1, change);
  const Saved all = texts(s);
  std::vector<uint32_t> order(4);
  std::iota(order.begin(), order.end(), 0u);
  do check(s, all, order);
  while (std::next_permutation(order.begin(), order.end()));
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint32_t> from(random() % (kSequences + 1));
    for (uint32_t& i : from) i = random() % kSequences;
    check(s, all, from);
  }
}

TEST_CASE("a sequence that was moved goes on as it would have") {
  TinySession a, b;
  feed(a, tokens(9, 1), 9);
  a.forward({{}, {4, 5, 6}});
  feed(b, tokens(9, 1), 9);
  const std::vector<uint32_t> from = {1, 0};
  REQUIRE(fovea_arrange(a.get(), 0, from.data(), 2, nullptr) == FOVEA_OK);
  const auto moved = a.forward({{}, {7}})[1];
  CHECK(same_bits(moved, b.forward({{7}, {}})[0]));
}

TEST_CASE("no sequence is moved where the call makes no sense") {
  TinySession s(nullptr, 1, widen<schema::DType::Float32>);
  const Saved all = texts(s);
  put(s, all);
  fovea_error error;
  const std::vector<uint32_t> past = {0, kSequences}, many(kSequences + 1, 0), good = {1, 1};
  CHECK(fovea_arrange(s.get(), 0, past.data(), 2, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_arrange(s.get(), 0, many.data(), kSequences + 1, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_arrange(s.get(), 1, good.data(), 2, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_arrange(s.get(), 0, nullptr, 2, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_arrange(s.get(), 0, nullptr, 0, &error) == FOVEA_OK);
  for (uint32_t i = 0; i < kSequences; ++i) CHECK(save(s, i) == all[i]);
}

}  // namespace fovea::test
