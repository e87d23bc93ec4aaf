// Tokens of a run that see each other both ways.

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/runtime/layer.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {
namespace {

// What a token sees: those of the prefix that it is in, otherwise those up to itself; of both the
// window.
std::vector<uint64_t> seen_of(const LayerShape& s, const Chunk& chunk, uint32_t prefix,
                              uint64_t token) {
  const uint64_t limit = std::max(token + 1, chunk.first + prefix);
  std::vector<uint64_t> seen;
  for (uint64_t t = 0; t < limit; ++t) {
    if (t + s.before >= token || t < s.kept) seen.push_back(t);
  }
  return seen;
}

void check_prefixes(LayerShape s) {
  s.prefix = true;
  const LayerSession session(layer_image(s));
  Random random(s.before + s.sequences);
  std::vector<Chunk> chunks(s.sequences);
  for (int n = 0; n < 12; ++n) {
    std::vector<uint32_t> prefixes;
    for (Chunk& c : chunks) {
      c = {c.first + c.count, 1 + random.below(s.tokens / s.sequences)};
      prefixes.push_back(random.below(c.count + 1));
      session.data<int32_t>("prefix")[prefixes.size() - 1] = static_cast<int32_t>(prefixes.back());
    }
    session.set(chunks);
    const float* y = session.run();
    for (size_t b = 0; b < chunks.size(); ++b) {
      for (uint32_t t = 0; t < chunks[b].count; ++t, y += kHeads * kValueWidth) {
        const uint64_t token = chunks[b].first + t;
        check_row(y, b, token, seen_of(s, chunks[b], prefixes[b], token));
      }
    }
  }
}

}  // namespace

TEST_CASE("the first tokens of a run see each other both ways") {
  check_prefixes({.tokens = 150, .context = 2000, .before = 1u << 30});
  check_prefixes({.tokens = 100, .context = 2000, .before = 1u << 30, .sequences = 3});
}

TEST_CASE("a window limits what tokens of a prefix see before them, a ring or not") {
  check_prefixes({.tokens = 150, .context = 2000, .before = 20, .kept = 3});
  check_prefixes(
      {.tokens = 90, .context = 2000, .ring = 144, .first = 16, .before = 20, .kept = 3});
  check_prefixes({.tokens = 90, .context = 2000, .ring = 144, .before = 20, .sequences = 2});
}

TEST_CASE("a prefix is within its sequence's tokens") {
  const LayerSession session(layer_image({.tokens = 8, .context = 32, .prefix = true}));
  session.set({{0, 5}});
  fovea_error error;
  for (const int32_t prefix : {-1, 6}) {
    session.data<int32_t>("prefix")[0] = prefix;
    CHECK(fovea_run(session.session, 0, &error) == FOVEA_OUT_OF_RANGE);
    CHECK(sentence(error, &session.model).find("prefix") != std::string::npos);
  }
}

TEST_CASE("a prefix needs an end of what a query sees, and a number for each sequence") {
  const auto refused = [](void (*change)(Handmade&, schema::OperatorT&)) {
    Handmade m;
    const int32_t tokens = m.dim("tokens", 8);
    m.cache(32, 1, kKeyWidth, kValueWidth);
    const int32_t query = m.input("query", {1, kHeads * kKeyWidth}, {tokens, -1});
    const int32_t keys = m.input("keys", {1, kKeyWidth}, {tokens, -1});
    const int32_t values = m.input("values", {1, kValueWidth}, {tokens, -1});
    const int32_t prefix = m.input("prefix", {1}, {}, schema::DType::Int32);
    m.input("two", {2}, {}, schema::DType::Int32);
    const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
    m.op(layer_store(), {keys, values}, {}, {}, {0, 1});
    m.op(layer_attention({}), {query, -1, -1, -1, -1, prefix}, {y}, {}, {0, 1});
    m.update(schema::UpdateMode::Append, tokens);
    change(m, *m.method.operators.back());
    const Image image = m.image(y);
    fovea_model model;
    return fovea_open(image.span(), {}, &model, nullptr);
  };
  CHECK(refused([](auto&, auto&) {}) == FOVEA_OK);
  CHECK(refused([](auto&, auto& o) { o.attributes.AsAttention()->causal = false; }) != FOVEA_OK);
  CHECK(refused([](auto&, auto& o) { o.attributes.AsAttention()->scoring = nullptr; }) != FOVEA_OK);
  CHECK(refused([](auto&, auto& o) { ++o.inputs[5]; }) != FOVEA_OK);
}

}  // namespace fovea::test
