#include "tools/graph/positions.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/common/error.h"

namespace fovea::test {
namespace {

using tools::place_in_cache;

constexpr uint32_t kBefore = 5, kKept = 2;

struct Made {
  schema::ModelT model;
  schema::MethodT& method() { return *model.methods[0]; }

  template <class T>
  void op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
    auto made = std::make_unique<schema::OperatorT>();
    made->attributes.Set(std::move(attributes));
    made->inputs = std::move(inputs);
    made->outputs = std::move(outputs);
    method().operators.push_back(std::move(made));
  }
};

// Tensor 0 is the table of angles; each layer has a query and a result.
Made layers(uint32_t kept, bool rotated, bool table) {
  Made m;
  m.model.methods.push_back(std::make_unique<schema::MethodT>());
  m.method().name = "next";
  for (uint32_t i = 0; i < 5; ++i) {
    m.method().tensors.push_back(std::make_unique<schema::TensorT>());
    m.method().tensors.back()->extents = {1, 8};
    m.method().tensors.back()->dims = {0, -1};
  }
  if (table) {
    schema::RotaryTableT angles;
    angles.factor = 2;
    m.op(angles, {}, {0});
    m.method().operators.back()->weights = {7};
  }
  for (const int32_t query : {1, 3}) {
    schema::RotaryT rotary;
    rotary.heads = 4;
    if (rotated) m.op(rotary, {query, 0}, {query});
    schema::AttentionT attention;
    attention.scoring = std::make_unique<schema::ScoringT>();
    attention.scoring->before = kBefore;
    attention.scoring->kept = kept;
    m.op(std::move(attention), {query, -1, -1}, {query + 1});
  }
  return m;
}

std::string refused_layers(Made m) {
  try {
    place_in_cache(m.model);
  } catch (const tools::UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every layer has a copy of its query, rotated by a table that all layers share") {
  Made m = layers(kKept, true, true);
  place_in_cache(m.model);
  const auto& ops = m.method().operators;
  REQUIRE(ops.size() == 10);  // two tables, and for each layer a copy, two rotations, attention
  const schema::RotaryTableT* limited = ops[2]->attributes.AsRotaryTable();
  REQUIRE(limited != nullptr);
  CHECK(limited->most == kBefore + kKept);
  CHECK(limited->factor == 2);
  CHECK(ops[2]->weights == std::vector<int32_t>{7});
  CHECK(ops[0]->attributes.AsRotaryTable()->most == UINT32_MAX);
  const int32_t table = ops[2]->outputs[0];
  size_t attentions = 0;
  for (size_t i = 0; i < ops.size(); ++i) {
    if (ops[i]->attributes.AsAttention() == nullptr) continue;
    const int32_t query = ops[i]->inputs[0];
    REQUIRE(ops[i]->inputs.size() == 8);
    const int32_t kept = ops[i]->inputs[7];
    CHECK(ops[i]->inputs[6] == -1);
    CHECK(m.method().tensors[static_cast<size_t>(kept)]->extents == std::vector<uint32_t>{1, 8});
    // Copied before the query is rotated.
    CHECK(ops[i - 1]->inputs == std::vector<int32_t>{query, 0});
    CHECK(ops[i - 2]->inputs == std::vector<int32_t>{kept, table});
    CHECK(ops[i - 2]->attributes.AsRotary()->heads == 4);
    const size_t copy = attentions++ == 0 ? i - 4 : i - 3;  // the first one makes the table
    CHECK(ops[copy]->attributes.AsActivation() != nullptr);
    CHECK(ops[copy]->inputs == std::vector<int32_t>{query});
    CHECK(ops[copy]->outputs == std::vector<int32_t>{kept});
  }
  CHECK(attentions == 2);
}

TEST_CASE("what has no kept keys, or is not rotated by positions, is refused by name") {
  CHECK(refused_layers(layers(0, true, true)).find("give --max window=N and --max kept=N") !=
        std::string::npos);
  CHECK(refused_layers(layers(kKept, false, true)).find("queries of 'next' are not rotated") !=
        std::string::npos);
  CHECK(refused_layers(layers(kKept, true, false)).find("by something else than their positions") !=
        std::string::npos);
}

}  // namespace fovea::test
