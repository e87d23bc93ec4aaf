// Runs that end early, after every possible number of tasks: caches hold what they held, or
// nothing.

#include <doctest/doctest.h>

#include "tests/runtime/feed.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

const std::vector<std::vector<int32_t>> kBefore = {{1, 2, 3}, {4}};
const std::vector<std::vector<int32_t>> kDuring = {{5, 6}, {7, 8, 9}};

void replace(schema::ModelT& m) {
  for (auto& method : m.methods) method->updates[0]->mode = schema::UpdateMode::Replace;
}

// Tasks of a sliced run.
uint32_t count_tasks(TinySession& s) {
  s.set(kDuring);
  uint32_t tasks = 0;
  for (bool finished = false; !finished; ++tasks) {
    REQUIRE(fovea_run_for(s.get(), 0, 1, &finished, nullptr) == FOVEA_OK);
  }
  return tasks;
}

// Runs `budget` tasks of a run, then cancels it.
void run_and_cancel(TinySession& s, uint32_t budget) {
  s.set(kDuring);
  bool finished = true;
  REQUIRE(fovea_run_for(s.get(), 0, budget, &finished, nullptr) == FOVEA_OK);
  REQUIRE_FALSE(finished);
  fovea_cancel(s.get());
}

TEST_CASE("a cancelled run that appends leaves the caches as they were") {
  TinySession counted;
  const uint32_t tasks = count_tasks(counted);
  REQUIRE(tasks > 20);
  TinySession fresh;
  fresh.forward(kBefore);
  const auto expected = fresh.forward({{5}, {2}});
  for (uint32_t budget = 0; budget + 1 < tasks; ++budget) {
    TinySession s;
    s.forward(kBefore);
    const auto first = save(s, 0), second = save(s, 1);
    run_and_cancel(s, budget);
    CHECK(save(s, 0) == first);
    CHECK(save(s, 1) == second);
    const auto logits = s.forward({{5}, {2}});
    CHECK(same_bits(logits[0], expected[0]));
    CHECK(same_bits(logits[1], expected[1]));
  }
}

TEST_CASE("a cancelled run that replaces leaves the old tokens or none") {
  TinySession counted(nullptr, 1, replace);
  const uint32_t tasks = count_tasks(counted);
  TinySession fresh(nullptr, 1, replace);
  const auto expected = fresh.forward(kBefore);
  uint32_t kept = 0, emptied = 0;
  for (uint32_t budget = 0; budget + 1 < tasks; ++budget) {
    TinySession s(nullptr, 1, replace);
    s.forward(kBefore);
    const auto first = save(s, 0), second = save(s, 1);
    run_and_cancel(s, budget);
    if (fovea_position(s.get(), 0, 0) != 0) {
      ++kept;
      CHECK(emptied == 0);  // once begun, a store has begun
      CHECK(save(s, 0) == first);
      CHECK(save(s, 1) == second);
    } else {
      ++emptied;
      CHECK(fovea_position(s.get(), 0, 1) == 0);
    }
    CHECK(same_bits(s.forward(kBefore)[1], expected[1]));
  }
  CHECK(kept > 3);
  CHECK(emptied > 3);
}

TEST_CASE("cancelling without a run, or twice, changes nothing") {
  TinySession s(nullptr, 1, replace);
  s.forward(kBefore);
  fovea_cancel(s.get());
  CHECK(fovea_position(s.get(), 0, 0) == 3);
  run_and_cancel(s, 1);
  fovea_cancel(s.get());
  CHECK(fovea_position(s.get(), 0, 0) == 3);
}

// Replaces its cache, then looks up ids: a bad one ends the run after the store.
Image store_then_embed(schema::UpdateMode mode) {
  Handmade m;
  m.model.sequences = 2;
  const int32_t tokens = m.dim("tokens", 4);
  m.cache(8, 1, 4, 4);
  const int32_t x = m.input("x", {2, 1, 4}, {-1, tokens, -1});
  const int32_t ids = m.input("ids", {2}, {}, schema::DType::Int32);
  const int32_t y = m.tensor("y", {2, 4});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {x, x}, {}, {}, {0, 1});
  m.op(schema::EmbeddingT(), {ids}, {y}, {m.weight(schema::Layout::Plain, {3, 4})});
  m.update(mode, tokens);
  return m.image(y);
}

TEST_CASE("an error after a store empties a replaced cache and leaves an appended one") {
  for (const schema::UpdateMode mode : {schema::UpdateMode::Replace, schema::UpdateMode::Append}) {
    for (uint32_t budget : {0u, 1u, 2u, 99u}) {
      const HandmadeSession s(store_then_embed(mode));
      s.set_dim(0, 2);
      s.fill("x", 1.0f);
      s.fill("ids", int32_t{0});
      REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
      REQUIRE(fovea_position(s.session, 0, 1) == 2);
      s.fill("ids", int32_t{3});
      fovea_error error;
      bool finished = false;
      fovea_code code = FOVEA_OK;
      if (budget == 0) code = fovea_run(s.session, 0, &error);
      while (code == FOVEA_OK && !finished) {
        code = fovea_run_for(s.session, 0, budget, &finished, &error);
      }
      CHECK(code == FOVEA_OUT_OF_RANGE);
      CHECK(sentence(error, &s.model) ==
            "a value in the data is out of range: 3, it must be from 0 to 2 (input 'ids' of method "
            "'run')");
      const uint32_t expected = mode == schema::UpdateMode::Replace ? 0 : 2;
      CHECK(fovea_position(s.session, 0, 0) == expected);
      CHECK(fovea_position(s.session, 0, 1) == expected);
      s.fill("ids", int32_t{0});
      CHECK(fovea_run(s.session, 0, nullptr) == FOVEA_OK);  // not busy
    }
  }
}

TEST_CASE("lengths that a caller writes during a sliced run change nothing") {
  TinySession whole, s;
  const std::vector<std::vector<int32_t>> rows = {{1, 2, 3}, {4}};
  const auto expected = whole.forward(rows);
  s.set(rows);
  fovea_tensor input;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &input, nullptr) == FOVEA_OK);
  bool finished = false;
  for (int32_t wrong = 0; !finished; ++wrong) {
    REQUIRE(fovea_run_for(s.get(), 0, 1, &finished, nullptr) == FOVEA_OK);
    const int32_t lengths[] = {wrong % 5 - 1, wrong << 20};
    std::memcpy(input.data, lengths, sizeof lengths);
  }
  CHECK(same_bits(s.logits(rows)[0], expected[0]));
  CHECK(same_bits(s.logits(rows)[1], expected[1]));
  CHECK(fovea_position(s.get(), 0, 0) == 3);
  CHECK(fovea_position(s.get(), 0, 1) == 1);
}

}  // namespace
}  // namespace fovea::test
