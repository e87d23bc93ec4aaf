// Fusing changes no bit of what random graphs compute.

#include "tools/graph/fuse.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/graph/outputs_crc.h"
#include "tools/graph/builder.h"
#include "tools/graph/equalize.h"
#include "tools/graph/merge_weights.h"

namespace fovea::test {
namespace {

using schema::BinaryKind;
using schema::Function;
using schema::Layout;
using tools::Graph;

constexpr uint32_t kGraphs = 60, kSteps = 14;
constexpr uint32_t kTensorWidth = 24;  // of most tensors; a gated product has another one
constexpr Function kFunctions[] = {Function::Relu, Function::Silu, Function::GeluErf,
                                   Function::Tanh};

// One method whose operators read what any earlier ones made.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  Graph make() {
    auto dim = std::make_unique<schema::DimT>();
    dim->name = "tokens";
    dim->max = dim->limit = 9;
    graph_.model.dims.push_back(std::move(dim));
    const bool batch = below(3) == 0;
    graph_.model.sequences = batch ? 2 : 1;
    if (batch) {
      auto sequences = std::make_unique<schema::DimT>();
      sequences->name = "batch";
      sequences->max = sequences->limit = 2;
      graph_.model.dims.push_back(std::move(sequences));
    }
    method_ = std::make_unique<tools::MethodBuilder>(graph_, "forward", batch ? 1 : -1);
    made_ = {method_->input("x", schema::DType::Float32, method_->rows({1, 0}, kTensorWidth))};
    for (uint32_t i = 0; i < kSteps; ++i) made_.push_back(step());
    // Tensors that are given out must stay what they are.
    const uint32_t outputs = 1 + below(3);
    for (uint32_t i = 0; i < outputs; ++i) {
      const size_t at =
          i == 0 ? made_.size() - 1 : 1 + below(static_cast<uint32_t>(made_.size() - 1));
      if (std::find(given_.begin(), given_.end(), made_[at]) != given_.end()) continue;
      given_.push_back(made_[at]);
      method_->output(made_[at], "y" + std::to_string(i));
    }
    method_->finish();
    return std::move(graph_);
  }

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  // Mostly one of the last.
  int32_t any() {
    const uint32_t count = static_cast<uint32_t>(made_.size());
    return made_[below(4) == 0 ? below(count) : count - 1 - below(std::min(count, 2u))];
  }

  int32_t weight(Layout layout, std::vector<uint32_t> shape) {
    const std::string number = std::to_string(graph_.sources.size());
    schema::WeightT weight;
    weight.name = "layer.w" + number + ".weight";
    weight.layout = layout;
    weight.shape = shape;
    const uint32_t columns = shape.size() > 1 ? shape[1] : 1;
    std::vector<float> values(shape[0] * columns);
    for (float& value : values)
      value = (static_cast<float>(below(2001)) - 1000) / (600.0f + columns * 60);
    return tools::add_weight(graph_, std::move(weight), {{{shape[0], {}, std::move(values)}}});
  }

  int32_t linear(int32_t x, uint32_t outputs, uint32_t columns) {
    const int32_t bias = below(2) == 0 ? weight(Layout::Row16, {outputs}) : -1;
    return method_->linear(x, weight(Layout::Panels16, {outputs, columns}), bias, outputs);
  }
  int32_t linear(int32_t x) { return linear(x, kTensorWidth, kTensorWidth); }

  int32_t gated() {
    const int32_t x = any();
    const uint32_t width = 10 + below(30);
    const int32_t gate = linear(x, width, kTensorWidth), up = linear(x, width, kTensorWidth);
    const int32_t active = method_->activation(gate, kFunctions[below(4)]);
    const int32_t product = below(2) == 0 ? method_->binary(BinaryKind::Multiply, active, up)
                                          : method_->binary(BinaryKind::Multiply, up, active);
    return linear(product, kTensorWidth, width);
  }

  int32_t attention() {
    const int32_t x = any();
    const tools::Heads heads = {3, 3, 8, 8};
    const int32_t query = linear(x), key = linear(x), value = linear(x);
    const auto stored = method_->store(key, value, heads);
    return linear(method_->attention(query, stored, heads, {0.35f, below(2) == 0}));
  }

  int32_t norm() {
    const int32_t gain = weight(Layout::Row16, {kTensorWidth});
    return below(2) == 0
               ? method_->rms_norm(any(), gain, 1e-5f)
               : method_->layer_norm(any(), gain, weight(Layout::Row16, {kTensorWidth}), 1e-5f);
  }

  int32_t step() {
    switch (below(7)) {
      case 0:
        return gated();
      case 1:
        return attention();
      case 2:
        return norm();
      case 3:
        return method_->activation(linear(any()), kFunctions[below(4)]);
      case 4:
        return method_->binary(BinaryKind::Add, linear(any()), any());
      case 5:
        return method_->binary(BinaryKind::Add, any(), any());
      default:
        return linear(any());
    }
  }

  std::mt19937 random_;
  Graph graph_;
  std::unique_ptr<tools::MethodBuilder> method_;
  std::vector<int32_t> made_, given_;
};

// Of a graph without what nothing reads.
uint32_t used_outputs_crc(Graph graph) {
  tools::remove_unused_weights(graph);
  return outputs_crc(std::move(graph));
}

size_t operators(const Graph& graph) {
  return graph.model.methods[0]->operators.size();
}

}  // namespace

TEST_CASE("fused graphs compute the same bits with fewer operators") {
  size_t fewer = 0;
  for (uint32_t seed = 1; seed <= kGraphs; ++seed) {
    CAPTURE(seed);
    Graph plain = Maker(seed).make(), fused = tools::fuse(Maker(seed).make());
    fewer += operators(fused) < operators(plain);
    CHECK(used_outputs_crc(std::move(fused)) == used_outputs_crc(std::move(plain)));
  }
  CHECK(fewer > kGraphs / 2);
}

TEST_CASE("columns scaled by powers of two change no bit") {
  size_t norms = 0, repeated = 0, others = 0;
  for (uint32_t seed = 1; seed <= kGraphs; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Graph scaled = tools::fuse(Maker(seed).make(), [&](Graph& graph) {
      for (const tools::ScalableRows& rows : tools::scalable_rows(graph)) {
        const bool is_norm = graph.model.weights[rows.makers[0]]->layout == Layout::Row16;
        norms += is_norm && !rows.apart;
        repeated += rows.apart;
        others += !is_norm;
        std::vector<int> exponents(rows.columns);
        for (int& exponent : exponents) exponent = static_cast<int>(random() % 9) - 4;
        tools::scale_rows(graph, rows, exponents);
      }
    });
    CHECK(used_outputs_crc(std::move(scaled)) == used_outputs_crc(tools::fuse(Maker(seed).make())));
  }
  CHECK(norms > 4);
  CHECK(repeated > 4);
  CHECK(others > kGraphs / 2);
}

TEST_CASE("a weight made of several is named by what they have in common") {
  using tools::merged_name;
  CHECK(merged_name({"a.query.weight"}) == "a.query.weight");
  CHECK(merged_name({"a.query.weight", "a.key.weight", "a.value.weight"}) ==
        "a.{query,key,value}.weight");
  CHECK(merged_name({"a.0.up.weight", "a.1.up.weight"}) == "a.{0,1}.up.weight");
  CHECK(merged_name({"query", "key"}) == "{query,key}");
  CHECK(merged_name({"query.bias", "key.bias"}) == "{query,key}.bias");
  CHECK(merged_name({"long.q.w", "long.quick.w"}) == "long.{q,quick}.w");
}

}  // namespace fovea::test
