// Layers over a ring against layers over a cache that holds everything.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/runtime/random_models/random.h"
#include "tests/runtime/ring.h"

namespace fovea::test {
namespace {

constexpr uint32_t kLayers = 4;

// Layers over two packed sequences: linears make query, keys and values of what the layer before
// made.
Image deep(uint32_t context, uint32_t ring) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", kTokens);
  m.model.sequences = 2;
  m.method.lengths = m.input("lengths", {2}, {}, schema::DType::Int32);
  m.method.packed = 0;
  constexpr uint32_t kWidth = 16;
  const auto linear = [&](int32_t x, uint32_t outputs, uint32_t columns) {
    const int32_t y = m.tensor("", {1, outputs}, {tokens, -1});
    m.op(schema::LinearT(), {x, -1}, {y},
         {m.weight(schema::Layout::Panels16, {outputs, columns}), -1});
    return y;
  };
  int32_t x = m.input("x", {1, kWidth}, {tokens, -1});
  for (int32_t i = 0; i < static_cast<int32_t>(kLayers); ++i) {
    if (i == 0) m.cache(context, 1, kKeyWidth, kValueWidth, ring, ring == 0 ? 0 : kFirst);
    if (i != 0) m.states(1, kKeyWidth, kValueWidth);
    const int32_t query = linear(x, kHeads * kKeyWidth, kWidth),
                  keys = linear(x, kKeyWidth, kWidth);
    const int32_t values = linear(x, kValueWidth, kWidth);
    const int32_t y = m.tensor("", {1, kHeads * kValueWidth}, {tokens, -1});
    m.op(layer_store(), {keys, values}, {}, {}, {2 * i, 2 * i + 1});
    m.op(layer_attention({.before = kBefore, .kept = kKept}), {query, -1, -1}, {y}, {},
         {2 * i, 2 * i + 1});
    x = linear(y, kWidth, kHeads * kValueWidth);
  }
  m.update(schema::UpdateMode::Append, tokens);
  Random random(5);
  for (float& w : m.weights) w = random.real();
  m.method.tensors[static_cast<size_t>(x)]->name = "y";
  return m.image(x);
}

struct DeepSession : LayerSession {
  explicit DeepSession(Image image) : LayerSession(std::move(image)) {}

  void prepare(const std::vector<Chunk>& chunks) const {
    set_dim(0, chunks[0].count + chunks[1].count);
    float* x = data<float>("x");
    for (size_t b = 0; b < 2; ++b) {
      data<int32_t>("lengths")[b] = static_cast<int32_t>(chunks[b].count);
      for (uint64_t t = chunks[b].first; t < chunks[b].first + chunks[b].count; ++t) {
        for (uint64_t i = 0; i < 16; ++i) *x++ = stream(b, t, i);
      }
    }
  }
  std::vector<float> result(const std::vector<Chunk>& chunks) const {
    prepare(chunks);
    const float* y = run();
    return {y, y + 16 * (chunks[0].count + chunks[1].count)};
  }
  // A run that ends early, after so many slices.
  void cancel(const std::vector<Chunk>& chunks, uint32_t slices) const {
    prepare(chunks);
    bool finished = false;
    for (; slices > 0; --slices) {
      REQUIRE(fovea_run_for(session, 0, 1, &finished, nullptr) == FOVEA_OK);
      REQUIRE(!finished);
    }
    fovea_cancel(session);
  }
  std::vector<unsigned char> save(uint32_t sequence) const {
    std::vector<unsigned char> bytes(fovea_saved_size(session, sequence));
    REQUIRE(fovea_save(session, sequence, bytes.data(), bytes.size(), nullptr) == FOVEA_OK);
    return bytes;
  }
};

// Sequences that run on by chunks of any size, none of a sequence in some.
std::vector<Chunk> next(const std::vector<Chunk>& chunks, Random& random) {
  std::vector<Chunk> made;
  for (const Chunk& c : chunks) made.push_back({c.first + c.count, random.below(kTokens / 2 + 1)});
  if (made[0].count + made[1].count == 0) made[0].count = 1;
  return made;
}

}  // namespace

TEST_CASE("layers over a ring give the bits of a cache that holds all 8,192 tokens") {
  const DeepSession ring(deep(kEndless, kRing)), full(deep(8192, 0)), other(deep(kEndless, kRing));
  CHECK(ring.arena.size() * 10 < full.arena.size());
  Random random(2);
  std::vector<Chunk> chunks(2);
  for (int run = 0;; ++run) {
    const std::vector<Chunk> more = next(chunks, random);
    if (std::max(more[0].first + more[0].count, more[1].first + more[1].count) > 8192) break;
    chunks = more;
    if (run % 5 == 0) {
      const uint32_t most = kTokens / 2;
      ring.cancel({{chunks[0].first, most}, {chunks[1].first, most}}, 1 + random.below(26));
    }
    const std::vector<float> right = full.result(chunks);
    REQUIRE(same_bits(ring.result(chunks), right));
    if (run % 7 != 0) continue;
    // Saved and restored, sequences go on with the same bits.
    for (uint32_t b = 0; b < 2; ++b) {
      const auto saved = ring.save(b);
      CHECK(saved.size() < 64 * 1024);
      REQUIRE(fovea_restore(other.session, b, saved.data(), saved.size(), nullptr) == FOVEA_OK);
    }
    chunks = next(chunks, random);
    if (std::max(chunks[0].first, chunks[1].first) + kTokens > 8192) break;
    const std::vector<float> on = full.result(chunks);
    REQUIRE(same_bits(other.result(chunks), on));
    REQUIRE(same_bits(ring.result(chunks), on));
  }
  CHECK(chunks[0].first > 7000);
}

}  // namespace fovea::test
