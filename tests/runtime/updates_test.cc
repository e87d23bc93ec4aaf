// Which sequences a CacheUpdate concerns where nothing is packed.

#include <doctest/doctest.h>

#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

// Stores x, where `stores`; otherwise only says that tokens were added.
Image update_model(bool stores, schema::UpdateMode mode = schema::UpdateMode::Append,
                   const schema::FingerprintRunT* fingerprint = nullptr) {
  Handmade m;
  if (fingerprint != nullptr) {
    m.model.fingerprint.push_back(std::make_unique<schema::FingerprintRunT>(*fingerprint));
  }
  m.model.sequences = 3;
  const int32_t tokens = m.dim("tokens", 4), batch = m.dim("batch", 3);
  m.cache(10, 1, 4, 4);
  if (!stores) m.model.states.clear();  // a cache that holds positions alone
  const int32_t x = m.input("x", {1, 1, 4}, {batch, tokens, -1});
  const int32_t y = m.tensor("y", {1, 1, 4}, {batch, tokens, -1});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  if (stores) m.op(store, {x, x}, {}, {}, {0, 1});
  schema::ActivationT relu;
  relu.function = schema::Function::Relu;
  m.op(relu, {x}, {y});
  m.update(mode, tokens);
  return m.image(y);
}

std::vector<uint32_t> positions(const HandmadeSession& s) {
  std::vector<uint32_t> result;
  for (uint32_t i = 0; i < 3; ++i) result.push_back(fovea_position(s.session, 0, i));
  return result;
}

using Positions = std::vector<uint32_t>;

TEST_CASE("all sequences of the batch that is stored grow") {
  const HandmadeSession s(update_model(true));
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{4, 4, 4});
  s.set_dim(0, 3);
  s.set_dim(1, 2);
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{7, 7, 4});
  s.set_dim(1, 1);
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{10, 7, 4});
}

TEST_CASE("any of them may be full") {
  const HandmadeSession s(update_model(true));
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  REQUIRE(fovea_truncate(s.session, 0, 0, 0, nullptr) == FOVEA_OK);
  fovea_error error;
  CHECK(fovea_run(s.session, 0, &error) == FOVEA_CONTEXT_FULL);
  CHECK(error.slot == 1);
  CHECK(positions(s) == Positions{0, 8, 8});
}

TEST_CASE("they are replaced together") {
  const HandmadeSession s(update_model(true, schema::UpdateMode::Replace));
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  s.set_dim(0, 2);
  s.set_dim(1, 2);
  s.fill("x", 1.0f);
  bool finished;
  REQUIRE(fovea_run_for(s.session, 0, 1, &finished, nullptr) == FOVEA_OK);
  fovea_cancel(s.session);
  CHECK(positions(s) == Positions{0, 0, 4});
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{2, 2, 4});
}

TEST_CASE("without a store every sequence of the model grows") {
  const HandmadeSession s(update_model(false));
  s.set_dim(0, 3);
  s.set_dim(1, 1);
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{3, 3, 3});
}

TEST_CASE("a fingerprint begins and ends with empty caches, and waits for a sliced run") {
  schema::FingerprintRunT run;
  run.dims = {4, 3};
  run.inputs.push_back(std::make_unique<schema::BytesT>());
  run.inputs[0]->data.assign(3 * 4 * 4 * sizeof(float), 0);
  run.crc = fovea_crc32(0, run.inputs[0]->data.data(), run.inputs[0]->data.size());
  const HandmadeSession s(update_model(true, schema::UpdateMode::Append, &run));
  s.fill("x", 1.0f);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  bool finished;
  s.set_dim(0, 1);
  REQUIRE(fovea_run_for(s.session, 0, 1, &finished, nullptr) == FOVEA_OK);
  CHECK(fovea_check_fingerprint(s.session, nullptr) == FOVEA_BUSY);
  CHECK(positions(s) == Positions{8, 8, 8});
  fovea_cancel(s.session);
  CHECK(fovea_check_fingerprint(s.session, nullptr) == FOVEA_OK);
  CHECK(positions(s) == Positions{0, 0, 0});
}

}  // namespace
}  // namespace fovea::test
