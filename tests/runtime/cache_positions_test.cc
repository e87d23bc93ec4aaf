// Rotary positions within the cache (StreamingLLM): the kept first keys stand right before the
// window, however long the sequence is.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/runtime/layer.h"
#include "tests/runtime/random_models/random.h"
#include "tests/support/same_bits.h"

namespace fovea::test {
namespace {

constexpr uint32_t kBefore = 20, kKept = 5, kTokens = 24, kPairs = kKeyWidth / 2;
constexpr uint32_t kRing = (kTokens + kBefore + 30) / 16 * 16;
constexpr uint32_t kEndless = 1u << 20;
// Powers of two: their angles are exact, so that nothing is lost by large positions.
constexpr float kFrequencies[kPairs] = {0.5f, 0.125f, 0.03125f, 0.00390625f};

enum class Kept { kByPlace, kBySequence };

// Queries, keys and values of two packed sequences are inputs, which the method rotates.
Image rotated_layer(Kept kept, uint32_t context, uint32_t ring) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", kTokens);
  m.model.sequences = 2;
  m.method.lengths = m.input("lengths", {2}, {}, schema::DType::Int32);
  m.method.packed = 0;
  m.cache(context, 1, kKeyWidth, kValueWidth, ring, ring == 0 ? 0 : 16);
  const int32_t frequencies = m.weight(schema::Layout::Plain, {kPairs});
  std::copy_n(kFrequencies, kPairs, m.weights.begin());
  const auto rows = [&](uint32_t width) { return m.tensor("", {1, width}, {tokens, -1}); };
  const auto table = [&](uint32_t most) {
    schema::RotaryTableT angles;
    angles.cache = 0;
    angles.most = most;
    const int32_t y = rows(2 * kPairs);
    m.op(angles, {}, {y}, {frequencies});
    return y;
  };
  const auto rotated = [&](int32_t x, uint32_t heads, int32_t angles) {
    schema::RotaryT rotary;
    rotary.heads = heads;
    rotary.head_width = kKeyWidth;
    const int32_t y = rows(heads * kKeyWidth);
    m.op(schema::ActivationT(), {x}, {y});
    m.op(rotary, {y, angles}, {y});
    return y;
  };
  const int32_t query = m.input("query", {1, kHeads * kKeyWidth}, {tokens, -1});
  const int32_t keys = m.input("keys", {1, kKeyWidth}, {tokens, -1});
  const int32_t values = m.input("values", {1, kValueWidth}, {tokens, -1});
  const int32_t all = table(UINT32_MAX);
  m.op(layer_store(), {rotated(keys, 1, all), values}, {}, {}, {0, 1});
  std::vector<int32_t> inputs = {rotated(query, kHeads, all), -1, -1};
  if (kept == Kept::kByPlace) {
    inputs.resize(7, -1);
    inputs.push_back(rotated(query, kHeads, table(kBefore + kKept)));
  }
  const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
  m.op(layer_attention({.before = kBefore, .kept = kKept}), inputs, {y}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  return m.image(y);
}

// Stream elements from `at` on, rotated as those of a token at this position.
void rotate(Doubles& to, uint64_t sequence, uint64_t token, uint64_t at, uint64_t position) {
  for (uint32_t i = 0; i < kKeyWidth; ++i) {
    const double angle = static_cast<double>(position) * double{kFrequencies[i % kPairs]};
    const double x = double{stream(sequence, token, at + i % kPairs)};
    const double y = double{stream(sequence, token, at + i % kPairs + kPairs)};
    to.push_back(i < kPairs ? x * std::cos(angle) - y * std::sin(angle)
                            : y * std::cos(angle) + x * std::sin(angle));
  }
}

// The tokens whose keys a cache of kKept and kBefore + 1 tokens holds.
std::vector<uint64_t> cache_of(uint64_t token) {
  std::vector<uint64_t> held;
  const uint64_t begin = token > kBefore ? token - kBefore : 0;
  for (uint64_t t = 0; t < std::min<uint64_t>(kKept, begin); ++t) held.push_back(t);
  for (uint64_t t = begin; t <= token; ++t) held.push_back(t);
  return held;
}

// As StreamingLLM says it: keys and the query are rotated by their places in the cache.
Doubles expected(uint64_t sequence, uint64_t token, uint32_t head) {
  const std::vector<uint64_t> held = cache_of(token);
  Doubles query, keys, values;
  rotate(query, sequence, token, kQueryAt + head * kKeyWidth, held.size() - 1);
  for (size_t place = 0; place < held.size(); ++place) {
    rotate(keys, sequence, held[place], kKeyAt, place);
    for (uint32_t i = 0; i < kValueWidth; ++i) {
      values.push_back(double{stream(sequence, held[place], kValueAt + i)});
    }
  }
  Scores scores;
  scores.scale = double{kScale};
  return attend(query.data(), keys.data(), values.data(), held.size(), kKeyWidth, kValueWidth,
                scores)
      .y;
}

// The largest error of a chunk's rows, which follow each other by sequence.
double worst_of(const float* y, const std::vector<Chunk>& chunks) {
  double worst = 0;
  for (size_t b = 0; b < chunks.size(); ++b) {
    for (uint64_t t = chunks[b].first; t < chunks[b].first + chunks[b].count; ++t) {
      for (uint32_t head = 0; head < kHeads; ++head) {
        for (const double right : expected(b, t, head)) {
          worst = std::max(worst, std::fabs(double{*y++} - right));
        }
      }
    }
  }
  return worst;
}

std::vector<Chunk> next(const std::vector<Chunk>& chunks, uint32_t a, uint32_t b) {
  return {{chunks[0].first + chunks[0].count, a}, {chunks[1].first + chunks[1].count, b}};
}

}  // namespace

TEST_CASE("kept keys stand before the window: prompts, single queries and packed batches") {
  const LayerSession ring(rotated_layer(Kept::kByPlace, kEndless, kRing));
  Random random(3);
  std::vector<Chunk> chunks = {{0, 0}, {0, 0}};
  double worst = 0;
  while (chunks[0].first < 3000) {
    const bool single = random.percent(40);
    const uint32_t most = kTokens / 2;
    chunks = next(chunks, single ? 1 : 1 + random.below(most), single ? 1 : random.below(most + 1));
    ring.set(chunks);
    worst = std::max(worst, worst_of(ring.run(), chunks));
  }
  MESSAGE("largest error ", worst);
  CHECK(worst < 4e-6);
}

TEST_CASE("until keys are dropped, places in the cache are those of the sequence, bit for bit") {
  const LayerSession by_place(rotated_layer(Kept::kByPlace, kEndless, kRing));
  const LayerSession by_sequence(rotated_layer(Kept::kBySequence, kEndless, kRing));
  std::vector<Chunk> chunks = {{0, 0}, {0, 0}};
  for (uint32_t tokens = 0; tokens < 80; tokens += 8) {
    chunks = next(chunks, 8, tokens == 0 ? 3 : 8);
    by_place.set(chunks);
    by_sequence.set(chunks);
    const size_t numbers = (chunks[0].count + chunks[1].count) * kHeads * kValueWidth;
    const float *a = by_place.run(), *b = by_sequence.run();
    const bool same =
        same_bits(std::vector<float>(a, a + numbers), std::vector<float>(b, b + numbers));
    CHECK(same == (chunks[0].first + chunks[0].count <= kBefore + kKept + 1));
    if (tokens > 40) CHECK(worst_of(b, chunks) > 1e-2);
  }
}

}  // namespace fovea::test
