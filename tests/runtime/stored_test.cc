// Attention reads only what this run or a finished one stored.

#include <doctest/doctest.h>

#include "tests/runtime/damage.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

using schema::Attributes;
using schema::ModelT;

constexpr uint32_t kKvHeads = 2, kHeadWidth = 6;
// Of the keys in tensors: floor((tokens + 15 * batch) / 16) at the maxima.
constexpr uint32_t kBlocks = (kTinyTokens + 15 * kTinyBatch) / 16;

// Two states more in cache 0.
void add_states(ModelT& m) {
  const uint64_t bytes = m.states[1]->offset;
  for (size_t i = 0; i < 2; ++i) {
    m.states.push_back(std::make_unique<schema::StateT>(*m.states[i]));
    m.states.back()->offset = (2 + i) * bytes;
  }
}

struct KeyTensors {
  int32_t keys, values;
};

KeyTensors key_tensors(ModelT& m) {
  const int32_t keys = add_tensor(m, 0, {kKvHeads, kBlocks, kHeadWidth, 16}, {-1, -1, -1, -1});
  return {keys, add_tensor(m, 0, {kKvHeads, 16 * kBlocks, kHeadWidth}, {-1, -1, -1})};
}

void begin_at(ModelT& m, int32_t t, uint32_t op) {
  m.methods[0]->tensors[static_cast<size_t>(t)]->first = op;
}

// `forward` keeps its keys and values in tensors, and so does not update the cache.
KeyTensors use_tensors(ModelT& m) {
  const KeyTensors made = key_tensors(m);
  auto& store = op(m, Attributes::StoreKeyValue);
  store.states.clear();
  store.outputs = {made.keys, made.values};
  for (int32_t t : store.outputs) begin_at(m, t, 7);
  auto& attention = op(m, Attributes::Attention);
  attention.states.clear();
  attention.inputs = {attention.inputs[0], made.keys, made.values};
  m.methods[0]->updates.clear();
  return made;
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

// One more attention over the states or tensors, of queries that are an input.
void attend(ModelT& m, std::vector<uint32_t> extents, std::vector<int32_t> dims,
            const KeyTensors* from) {
  const int32_t q = add_input(m, 0, extents, dims), y = add_tensor(m, 0, extents, dims);
  const auto& like = op(m, Attributes::Attention);
  const auto states = like.states;
  auto& made =
      append(m, 0, *like.attributes.AsAttention(),
             {q, from != nullptr ? from->keys : -1, from != nullptr ? from->values : -1}, {y});
  if (from == nullptr) made.states = states;
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

// Further keys and values, stored from an input by an operator of their own.
KeyTensors store_again(ModelT& m) {
  const KeyTensors made = key_tensors(m);
  const int32_t k = add_input(m, 0, {1, 12}, {1, -1});
  append(m, 0, *op(m, Attributes::StoreKeyValue).attributes.AsStoreKeyValue(), {k, k},
         {made.keys, made.values});
  return made;
}

const Damage kTensors[] = {
    {"keys and values in tensors", FOVEA_OK, [](auto& m) { use_tensors(m); }},
    {"another attention over them", FOVEA_OK,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       attend(m, {1, 24}, {1, -1}, &from);
     }},
    {"keys that are an input", FOVEA_NOT_STORED,
     [](auto& m) {
       use_tensors(m);
       op(m, Attributes::Attention).inputs[1] =
           add_input(m, 0, {kKvHeads, kBlocks, kHeadWidth, 16}, {-1, -1, -1, -1});
     }},
    {"values that are an input", FOVEA_NOT_STORED,
     [](auto& m) {
       use_tensors(m);
       op(m, Attributes::Attention).inputs[2] =
           add_input(m, 0, {kKvHeads, 16 * kBlocks, kHeadWidth}, {-1, -1, -1});
     }},
    {"keys of one store, values of another", FOVEA_NOT_STORED,
     [](auto& m) {
       KeyTensors from = use_tensors(m);
       from.values = store_again(m).values;
       attend(m, {1, 24}, {1, -1}, &from);
     }},
    {"attention of more tokens than were stored", FOVEA_NOT_STORED,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       attend(m, {16, 24}, {-1, -1}, &from);
     }},
    {"keys and values of one store in one place", FOVEA_BAD_PLAN,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       auto& tensors = m.methods[0]->tensors;
       tensors[static_cast<size_t>(from.values)]->offset =
           tensors[static_cast<size_t>(from.keys)]->offset;
     }},
    {"stored keys that an activation reads", FOVEA_NOT_STORED,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       const int32_t y = add_tensor(m, 0, {kKvHeads, kBlocks, kHeadWidth, 16}, {-1, -1, -1, -1});
       append(m, 0, schema::ActivationT(), {from.keys}, {y});
     }},
    {"stored values that an activation reads through a view", FOVEA_NOT_STORED,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       const int32_t view = add_tensor(m, 0, {kKvHeads, 16 * kBlocks, 2}, {-1, -1, -1});
       auto& t = *m.methods[0]->tensors[static_cast<size_t>(view)];
       t.storage = schema::Storage::View;
       t.offset = 0;
       t.base = from.values;
       const int32_t y = add_tensor(m, 0, {kKvHeads, 16 * kBlocks, 2}, {-1, -1, -1});
       append(m, 0, schema::ActivationT(), {view}, {y});
       t.first = 0;
     }},
    {"stored values that are an output of the method", FOVEA_NOT_STORED,
     [](auto& m) {
       m.methods[0]->outputs.push_back(static_cast<uint32_t>(use_tensors(m).values));
     }},
    {"stored values that another operator writes", FOVEA_BAD_PLAN,
     [](auto& m) {
       const KeyTensors from = use_tensors(m);
       const int32_t x = add_input(m, 0, {kKvHeads, 16 * kBlocks, kHeadWidth}, {-1, -1, -1});
       append(m, 0, schema::ActivationT(), {x}, {from.values});
     }},
};

TEST_CASE("attention over tensors") {
  for (const Damage& damage : kTensors) check_damage(damage);
}

TEST_CASE("the value tensor is named where it is the one that is wrong") {
  const Image image = tiny_model([](auto& m) {
    const KeyTensors from = use_tensors(m);
    m.methods[0]->tensors[static_cast<size_t>(from.values)]->extents[0] = 1;
  });
  fovea_model model;
  fovea_error error;
  CHECK(fovea_open(image.span(), {}, &model, &error) == FOVEA_BAD_SHAPE);
  CHECK(error.field == FOVEA_FIELD_OUTPUT);
  CHECK(error.slot == 1);
}

}  // namespace
}  // namespace fovea::test
