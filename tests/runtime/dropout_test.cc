// Monte-Carlo dropout through files and the C++ interface.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/runtime/dropout.h"

namespace fovea::test {
namespace {

class Passes {
 public:
  explicit Passes(Image image) : session_(std::move(image)) {}

  // Outputs y, then z, of tokens from `first` on.
  std::vector<float> run(int32_t seed, int32_t pass, Chunk chunk = {0, kContext}) {
    session_.set({chunk});
    session_.data<int32_t>("dropout")[0] = seed;
    session_.data<int32_t>("dropout")[1] = pass;
    const float* y = session_.run();
    const size_t size = size_t{chunk.count} * kHeads * kValueWidth;
    std::vector<float> result(y, y + size);
    fovea_tensor z;
    REQUIRE(fovea_output(session_.session, 0, "z", &z, nullptr) == FOVEA_OK);
    const float* second = static_cast<const float*>(z.data);
    result.insert(result.end(), second, second + size);
    return result;
  }

  void reset() { REQUIRE(fovea_reset(session_.session, 0, nullptr) == FOVEA_OK); }
  std::vector<float> run_anew(int32_t seed, int32_t pass) {
    reset();
    return run(seed, pass);
  }

 private:
  LayerSession session_;
};

}  // namespace

TEST_CASE("a pass below 0 drops nothing, with the bits of a model without dropout") {
  Passes with(two_layers(true)), without(two_layers(false));
  const std::vector<float> expected = without.run(0, 0);
  CHECK(same_bits(with.run(5, -1), expected));
  CHECK(same_bits(with.run_anew(5, INT32_MIN), expected));
  CHECK(!same_bits(with.run_anew(5, 0), expected));
}

TEST_CASE("passes, seeds and layers drop different weights, and the same ones every time") {
  Passes passes(two_layers(true));
  const std::vector<float> first = passes.run(5, 0);
  const size_t half = first.size() / 2;
  CHECK(!std::equal(first.begin(), first.begin() + static_cast<ptrdiff_t>(half),
                    first.begin() + static_cast<ptrdiff_t>(half)));
  CHECK(!same_bits(passes.run_anew(5, 1), first));
  CHECK(!same_bits(passes.run_anew(6, 0), first));
  CHECK(!same_bits(passes.run_anew(-5, 0), first));
  CHECK(same_bits(passes.run_anew(5, 0), first));
}

TEST_CASE("a pass in pieces drops what it drops at once") {
  Passes passes(two_layers(true));
  const std::vector<float> whole = passes.run(9, 3);
  passes.reset();
  constexpr size_t kRow = kHeads * kValueWidth;
  for (uint32_t from = 0, count = 1; from < kContext; from += count, count = 3) {
    count = std::min(count, kContext - from);
    const std::vector<float> piece = passes.run(9, 3, {from, count});
    for (size_t i = 0; i < count * kRow; ++i) {
      CHECK(piece[i] == whole[from * kRow + i]);
      CHECK(piece[count * kRow + i] == whole[kContext * kRow + from * kRow + i]);
    }
  }
}

// Within 5 standard errors. A sum of two kept weights is bound to be off less often than not.
TEST_CASE("the mean over passes is the output without dropout, and Spread tells both") {
  Passes with(two_layers(true)), without(two_layers(false));
  const std::vector<float> expected = without.run(0, 0);
  std::vector<float> mean(expected.size()), deviation(expected.size());
  Spread spread(mean.data(), deviation.data(), mean.size());
  constexpr int32_t kPasses = 2000;
  Doubles sum(expected.size()), squares(expected.size());
  for (int32_t pass = 0; pass < kPasses; ++pass) {
    const std::vector<float> y = with.run_anew(1, pass);
    spread.add(y.data());
    for (size_t i = 0; i < y.size(); ++i) {
      sum[i] += double{y[i]};
      squares[i] += double{y[i]} * double{y[i]};
    }
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const double middle = sum[i] / kPasses;
    const double spread_of = std::sqrt(squares[i] / kPasses - middle * middle);
    CHECK(double{mean[i]} == doctest::Approx(middle).epsilon(1e-4));
    CHECK(double{deviation[i]} == doctest::Approx(spread_of).epsilon(1e-3));
    CHECK(spread_of > 0.0);
    CHECK(std::fabs(middle - double{expected[i]}) < 5 * spread_of / std::sqrt(double{kPasses}));
  }
}

// One token after 2,199 others, whose key blocks threads divide where nothing is dropped.
TEST_CASE("threads drop what one does, over a long cache") {
  constexpr uint32_t kLong = 2200;
  Handmade m;
  const int32_t tokens = m.dim("tokens", kLong);
  m.cache(kLong, 1, kKeyWidth, kValueWidth);
  const int32_t query = m.input("query", {1, kHeads * kKeyWidth}, {tokens, -1});
  const int32_t keys = m.input("keys", {1, kKeyWidth}, {tokens, -1});
  const int32_t values = m.input("values", {1, kValueWidth}, {tokens, -1});
  const int32_t dropout = m.input("dropout", {2}, {}, schema::DType::Int32);
  const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
  m.op(layer_store(), {keys, values}, {}, {}, {0, 1});
  m.op(dropping(0.25f, 0), {query, -1, -1, -1, -1, -1, dropout}, {y}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  LayerSession alone(m.image(y));
  Image arena(fovea_arena(&alone.model, 3).total);
  fovea_options options = {};
  const auto reversed = [](void*, fovea_task task, void* argument, uint32_t count) {
    for (uint32_t i = count; i-- > 0;) task(argument, i, i % 3);
  };
  options.executor = {nullptr, reversed, 3};
  std::vector<std::vector<float>> found;
  for (const bool threads : {false, true}) {
    if (threads) {
      REQUIRE(fovea_bind(&alone.model, {{arena.data(), arena.size()}, {}, {}}, &options,
                         &alone.session, nullptr) == FOVEA_OK);
    }
    for (const Chunk& chunk : {Chunk{0, kLong - 1}, Chunk{kLong - 1, 1}}) {
      alone.set({chunk});
      alone.data<int32_t>("dropout")[0] = 3;
      alone.data<int32_t>("dropout")[1] = 0;
      const float* last = alone.run() + size_t{chunk.count - 1} * kHeads * kValueWidth;
      found.emplace_back(last, last + kHeads * kValueWidth);
    }
  }
  CHECK(same_bits(found[0], found[2]));
  CHECK(same_bits(found[1], found[3]));
}

}  // namespace fovea::test
