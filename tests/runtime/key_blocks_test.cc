// One query over a long cache, whose key blocks threads divide.

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "tests/runtime/handmade.h"
#include "tests/runtime/random_models/random.h"
#include "tests/support/same_bits.h"

namespace fovea::test {
namespace {

constexpr uint32_t kLongContext = 2100, kTokens = 75, kKvHeads = 2, kHeadWidth = 16;

// `group` query heads share a key-value head.
Image attention_model(uint32_t context, uint32_t sequences = 1, uint32_t group = 1) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", kTokens);
  m.model.sequences = sequences;
  if (sequences > 1) {
    m.method.lengths = m.input("lengths", {sequences}, {}, schema::DType::Int32);
    m.method.packed = 0;
  }
  m.cache(context, kKvHeads, kHeadWidth, kHeadWidth);
  const int32_t x = m.input("x", {1, kKvHeads * kHeadWidth}, {tokens, -1});
  const uint32_t width = group * kKvHeads * kHeadWidth;
  const int32_t query = group == 1 ? x : m.input("query", {1, width}, {tokens, -1});
  const int32_t y = m.tensor("y", {1, width}, {tokens, -1});
  schema::StoreKeyValueT store;
  store.heads = kKvHeads;
  store.key_width = store.value_width = kHeadWidth;
  m.op(store, {x, x}, {}, {}, {0, 1});
  schema::AttentionT attention;
  attention.heads = group * kKvHeads;
  attention.kv_heads = kKvHeads;
  attention.key_width = attention.value_width = kHeadWidth;
  attention.causal = true;
  attention.scale = 2.0f;
  m.op(attention, {query}, {y}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  return m.image(y);
}

// Runs on three workers in one thread, the last task of each phase first.
struct ReversedSession {
  ReversedSession(const Image& image, uint32_t workers) {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_open(image.span(), {}, &opened, &error) == FOVEA_OK, sentence(error));
    arena = Image(fovea_arena(&opened, workers).total);
    std::memset(arena.data(), 0xFF, arena.size());
    fovea_options options = {};
    options.executor = {this, run_reversed, workers};
    REQUIRE(fovea_bind(&opened, {{arena.data(), arena.size()}, {}, {}}, &options, &session,
                       &error) == FOVEA_OK);
  }

  static void run_reversed(void* context, fovea_task task, void* argument, uint32_t tasks) {
    auto& self = *static_cast<ReversedSession*>(context);
    self.phases.push_back(tasks);
    for (uint32_t i = tasks; i-- > 0;) task(argument, i, i % 3);
  }

  std::vector<float> run(uint32_t tokens, Random random) {
    REQUIRE(fovea_set_dim(session, 0, tokens, nullptr) == FOVEA_OK);
    fovea_tensor x, y;
    for (const char* name : {"x", "query"}) {
      if (fovea_input(session, 0, name, &x, nullptr) != FOVEA_OK) continue;
      for (uint64_t i = 0; i < x.bytes / sizeof(float); ++i) {
        static_cast<float*>(x.data)[i] = random.real();
      }
    }
    phases.clear();
    REQUIRE(fovea_run(session, 0, nullptr) == FOVEA_OK);
    REQUIRE(fovea_output(session, 0, "y", &y, nullptr) == FOVEA_OK);
    const auto* first = static_cast<const float*>(y.data);
    return {first, first + y.bytes / sizeof(float)};
  }

  Image arena;
  fovea_model opened;
  fovea_session* session = nullptr;
  std::vector<uint32_t> phases;
};

TEST_CASE("threads divide the key blocks of one query, with the same bits") {
  const Image image = attention_model(kLongContext);
  ReversedSession whole(image, 1), divided(image, 3);
  uint64_t seed = 0;
  for (uint32_t held = 0; held < kLongContext; ++seed) {
    const uint32_t tokens = seed % 3 == 0 && held + kTokens <= kLongContext ? kTokens : 1;
    CAPTURE(held);
    CHECK(same_bits(divided.run(tokens, Random(seed)), whole.run(tokens, Random(seed))));
    held += tokens;
    // Parts of both heads, then their merging.
    const bool parts = tokens == 1 && held > 800;
    if (parts && sizeof(void*) >= 8) {
      REQUIRE(divided.phases.size() == 2);
      CHECK(divided.phases[0] > kKvHeads);
      CHECK(divided.phases[1] == kKvHeads);
    }
  }
}

TEST_CASE("the keys of one row of several packed sequences are not divided") {
  const Image image = attention_model(kLongContext, 2);
  ReversedSession whole(image, 1), threads(image, 3);
  for (uint64_t seed = 0; seed < 66; ++seed) {
    const uint32_t tokens = seed < 26 ? kTokens : 1;
    for (ReversedSession* s : {&whole, &threads}) {
      fovea_tensor lengths;
      REQUIRE(fovea_input(s->session, 0, "lengths", &lengths, nullptr) == FOVEA_OK);
      const uint32_t values[] = {seed % 2 == 0 ? 0 : tokens, seed % 2 == 0 ? tokens : 0};
      std::memcpy(lengths.data, values, sizeof values);
    }
    CHECK(same_bits(threads.run(tokens, Random(seed)), whole.run(tokens, Random(seed))));
    CHECK((tokens > 1 || threads.phases.size() < 2));
  }
}

TEST_CASE("the keys of more heads than attention works on at a time are not divided") {
  constexpr uint32_t kGroup = kernels::kQueryBlock + 1;
  const Image image = attention_model(kLongContext, 1, kGroup);
  ReversedSession whole(image, 1), threads(image, 3);
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const uint32_t tokens = seed < 26 ? kTokens : 1;
    CHECK(same_bits(threads.run(tokens, Random(seed)), whole.run(tokens, Random(seed))));
    CHECK((tokens > 1 || threads.phases.size() < 2));
  }
}

TEST_CASE("a cache of fewer slots has no room for parts") {
  const Image small = attention_model(2032), large = attention_model(2048);
  fovea_model a, b;
  REQUIRE(fovea_open(small.span(), {}, &a, nullptr) == FOVEA_OK);
  REQUIRE(fovea_open(large.span(), {}, &b, nullptr) == FOVEA_OK);
  const uint64_t part = kernels::attention_part(1, kHeadWidth);
  CHECK(fovea_arena(&b, 1).planned == fovea_arena(&a, 1).planned + kKvHeads * 16 * part);
  // One more thread needs no more of it.
  CHECK(fovea_arena(&b, 2).planned == fovea_arena(&b, 1).planned);
  CHECK(fovea_arena(&b, 1).scratch == fovea_arena(&a, 1).scratch);
}

}  // namespace
}  // namespace fovea::test
