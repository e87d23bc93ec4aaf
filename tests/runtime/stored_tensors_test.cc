// Attention over tensors reads only what one operator of this run stored.

#include <doctest/doctest.h>

#include "tests/runtime/damage.h"
#include "tests/runtime/stored.h"

namespace fovea::test {
namespace {

using schema::Attributes;
using schema::ModelT;

constexpr uint32_t kKvHeads = 2, kHeadWidth = 6;
// Of the keys in tensors: floor((tokens + 15 * batch) / 16) at the maxima.
constexpr uint32_t kBlocks = (kTinyTokens + 15 * kTinyBatch) / 16;

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

// Further keys and values, stored from an input by an operator of their own.
KeyTensors store_again(ModelT& m, uint32_t tokens = 1, int32_t dim = 1) {
  const KeyTensors made = key_tensors(m);
  const int32_t k = add_input(m, 0, {tokens, 12}, {dim, -1});
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
    {"attention of as many tokens as were stored, of one sequence", FOVEA_OK,
     [](auto& m) {
       use_tensors(m);
       const KeyTensors from = store_again(m, 8, -1);
       attend(m, {8, 24}, {-1, -1}, &from);
     }},
    {"attention of as many tokens, times the sequences of a run", FOVEA_NOT_STORED,
     [](auto& m) {
       use_tensors(m);
       const KeyTensors from = store_again(m, 8, -1);
       attend(m, {8, 24}, {0, -1}, &from);
     }},
    {"attention of a dim's tokens over another dim's", FOVEA_NOT_STORED,
     [](auto& m) {
       use_tensors(m);
       const KeyTensors from = store_again(m, 1, 0);
       attend(m, {1, 24}, {1, -1}, &from);
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
