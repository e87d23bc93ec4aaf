// Attention over states reads only what this run or a finished one stored.

#include <doctest/doctest.h>

#include "tests/runtime/damage.h"
#include "tests/runtime/handmade.h"
#include "tests/runtime/stored.h"

namespace fovea::test {
namespace {

using schema::Attributes;
using schema::ModelT;

// Two states more in cache 0.
void add_states(ModelT& m) {
  const uint64_t bytes = m.states[1]->offset;
  for (size_t i = 0; i < 2; ++i) {
    m.states.push_back(std::make_unique<schema::StateT>(*m.states[i]));
    m.states.back()->offset = (2 + i) * bytes;
  }
}

// Nothing is packed: the rows are those of one sequence.
void one_sequence(ModelT& m) {
  for (auto& method : m.methods) {
    method->lengths = -1;
    if (method->name != "next") continue;
    for (auto& t : method->tensors) {
      if (t->name == "last" || t->name == "logits") t->dims[0] = -1;
    }
  }
}

const Damage kStates[] = {
    {"another attention over the same keys", FOVEA_OK,
     [](auto& m) {
       attend(m, {1, 24}, {1, -1}, nullptr);
     }},
    {"nothing packed", FOVEA_OK, [](auto& m) { one_sequence(m); }},
    {"attention before the store", FOVEA_NOT_STORED,
     [](auto& m) {
       std::swap(m.methods[0]->operators[7], m.methods[0]->operators[8]);
       tensor(m, "attended").first = 7;
     }},
    {"attention of a batch of equal lengths over packed keys", FOVEA_NOT_STORED,
     [](auto& m) {
       attend(m, {1, 1, 24}, {0, 1, -1}, nullptr);
     }},
    {"attention of other tokens", FOVEA_NOT_STORED,
     [](auto& m) {
       attend(m, {4, 24}, {-1, -1}, nullptr);
     }},
    {"attention of as many tokens as there can be", FOVEA_NOT_STORED,
     [](auto& m) {
       one_sequence(m);
       attend(m, {kTinyTokens, 24}, {-1, -1}, nullptr);
     }},
    {"attention of one sequence over packed keys", FOVEA_NOT_STORED,
     [](auto& m) {
       m.dims[1]->max = 1;
       attend(m, {1, 24}, {-1, -1}, nullptr);
     }},
    {"attention of another batch", FOVEA_NOT_STORED,
     [](auto& m) {
       one_sequence(m);
       attend(m, {2, 1, 24}, {-1, 1, -1}, nullptr);
     }},
    {"attention of one sequence where there can be but one", FOVEA_OK,
     [](auto& m) {
       one_sequence(m);
       attend(m, {1, 1, 24}, {-1, 1, -1}, nullptr);
     }},
    {"a state that no method stores", FOVEA_NOT_STORED, [](auto& m) { add_states(m); }},
    {"attention over a state that is not stored", FOVEA_NOT_STORED,
     [](auto& m) {
       add_states(m);
       op(m, Attributes::Attention).states = {2, 3};
     }},
    {"a state that one method stores and the other does not", FOVEA_NOT_STORED,
     [](auto& m) {
       add_states(m);
       op(m, Attributes::StoreKeyValue).states = {2, 3};
       op(m, Attributes::Attention).states = {2, 3};
     }},
};

TEST_CASE("attention over states") {
  for (const Damage& damage : kStates) check_damage(damage);
}

// Two layers of one cache, which two operators store for so many sequences.
fovea_code stores_opened(uint32_t first, uint32_t second) {
  Handmade m;
  m.model.sequences = 3;
  const int32_t tokens = m.dim("tokens", 4);
  for (int layer = 0; layer < 2; ++layer) m.cache(8, 1, 4, 4);
  m.model.caches.pop_back();
  for (auto& state : m.model.states) state->cache = 0;
  const int32_t a = m.input("a", {first, 1, 4}, {-1, tokens, -1});
  const int32_t b = m.input("b", {second, 1, 4}, {-1, tokens, -1});
  const int32_t y = m.tensor("y", {first, 1, 4}, {-1, tokens, -1});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {a, a}, {}, {}, {0, 1});
  m.op(store, {b, b}, {}, {}, {2, 3});
  m.op(schema::ActivationT(), {a}, {y});
  m.update(schema::UpdateMode::Append, tokens);
  const Image image = m.image(y);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, nullptr);
}

TEST_CASE("all stores to a cache have the same sequences") {
  CHECK(stores_opened(2, 2) == FOVEA_OK);
  CHECK(stores_opened(1, 2) == FOVEA_NOT_STORED);
  CHECK(stores_opened(2, 1) == FOVEA_NOT_STORED);
}

}  // namespace
}  // namespace fovea::test
