#include "tools/graph/dropout.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "tools/common/error.h"

namespace fovea::test {
namespace {

using tools::add_dropout;

// Methods of attentions, each by the state of its keys, or -1: in tensors. Those of states from 100
// on are of a cache that no method updates.
schema::ModelT model_of_layers(const std::vector<std::vector<int>>& methods) {
  schema::ModelT model;
  for (int i = 0; i < 200; ++i) {
    model.states.push_back(std::make_unique<schema::StateT>());
    model.states.back()->cache = i < 100 ? 0 : 1;
  }
  for (const std::vector<int>& keys : methods) {
    auto method = std::make_unique<schema::MethodT>();
    method->updates.push_back(std::make_unique<schema::CacheUpdateT>());
    for (const int state : keys) {
      auto op = std::make_unique<schema::OperatorT>();
      op->attributes.Set(schema::AttentionT());
      op->inputs = {0, -1, -1};
      if (state >= 0) op->states = {state, state + 1};
      method->operators.push_back(std::move(op));
    }
    model.methods.push_back(std::move(method));
  }
  return model;
}

// -1 where there is none.
std::vector<int64_t> layers_of(const schema::MethodT& method) {
  std::vector<int64_t> layers;
  for (const auto& op : method.operators) {
    const auto& dropout = op->attributes.AsAttention()->dropout;
    layers.push_back(dropout ? int64_t{dropout->layer} : -1);
    REQUIRE(op->inputs.size() == (dropout ? 7 : 3));
    if (dropout) CHECK(method.tensors[static_cast<size_t>(op->inputs[6])]->name == "dropout");
  }
  return layers;
}

using Layers = std::vector<int64_t>;

}  // namespace

TEST_CASE("a layer has one number in all methods, and no other layer has it") {
  schema::ModelT model = model_of_layers({{0, 2, 4}, {0, 2, 4}, {-1, -1}, {-1}});
  add_dropout(model, 0.5f);
  CHECK(layers_of(*model.methods[0]) == Layers{0, 1, 2});
  CHECK(layers_of(*model.methods[1]) == Layers{0, 1, 2});
  CHECK(layers_of(*model.methods[2]) == Layers{3, 4});
  CHECK(layers_of(*model.methods[3]) == Layers{5});
  for (const auto& method : model.methods) CHECK(method->inputs.size() == 1);
}

TEST_CASE("layers that look at the same keys are numbered apart") {
  schema::ModelT model = model_of_layers({{0, 0, 2}, {0, 0, 2}});
  add_dropout(model, 0.5f);
  CHECK(layers_of(*model.methods[0]) == Layers{0, 1, 2});
  CHECK(layers_of(*model.methods[1]) == Layers{0, 1, 2});
}

TEST_CASE("cross-attention drops nothing") {
  schema::ModelT model = model_of_layers({{0, 100, 2, 102}, {100}});
  add_dropout(model, 0.5f);
  CHECK(layers_of(*model.methods[0]) == Layers{0, -1, 1, -1});
  CHECK(layers_of(*model.methods[1]) == Layers{-1});
  CHECK(model.methods[1]->inputs.empty());
  schema::ModelT cross = model_of_layers({{100}});
  CHECK_THROWS_AS(add_dropout(cross, 0.5f), tools::UsageError);
}

}  // namespace fovea::test
