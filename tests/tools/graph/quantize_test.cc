#include "tools/graph/quantize.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "tools/graph/format.h"
#include "tools/graph/graph.h"

namespace fovea::test {
namespace {

using schema::Attributes;
using tools::Graph;

// Weights 0 to 3: matrices [10, 10], of a gate [2, 10, 10], a bias, a matrix of too many columns.
struct QuantizedGraph {
  Graph graph;
  schema::MethodT* method;

  QuantizedGraph() {
    weight(schema::Layout::Panels16, {10, 10});
    weight(schema::Layout::GatedPanels16, {2, 10, 10});
    weight(schema::Layout::Row16, {10});
    weight(schema::Layout::Panels16, {10, kernels::kMostCodes + 1});
    graph.model.methods.push_back(std::make_unique<schema::MethodT>());
    method = graph.model.methods[0].get();
    for (int i = 0; i < 8; ++i) {
      auto tensor = std::make_unique<schema::TensorT>();
      tensor->extents = {1, 10};
      tensor->dims = {0, -1};
      method->tensors.push_back(std::move(tensor));
    }
    // 6 is columns of 7.
    method->tensors[6]->storage = schema::Storage::View;
    method->tensors[6]->base = 7;
    method->tensors[7]->extents = {1, 20};
  }

  void weight(schema::Layout layout, std::vector<uint32_t> shape) {
    graph.model.weights.push_back(std::make_unique<schema::WeightT>());
    graph.model.weights.back()->layout = layout;
    graph.model.weights.back()->shape = std::move(shape);
  }

  template <class T>
  void op(T attributes, std::vector<int32_t> inputs, int32_t output, std::vector<int32_t> weights) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = {output};
    o->weights = std::move(weights);
    method->operators.push_back(std::move(o));
  }
  void linear(int32_t x, int32_t y) { op(schema::LinearT(), {x}, y, {0, 2}); }

  // What is quantised before each matrix; -1: what was made before it.
  std::vector<int32_t> quantized(const std::string& format = "int8") {
    tools::set_format(graph, tools::format_of(format));
    const bool groups = format != "int8";
    const Attributes makes = groups ? Attributes::QuantizeGroups : Attributes::Quantize;
    std::vector<int32_t> inputs;
    int32_t waiting = -1, made = -1;
    for (const auto& o : method->operators) {
      if (o->attributes.type == makes) {
        CHECK(waiting == -1);
        waiting = o->inputs[0];
        made = o->outputs[0];
        const schema::TensorT &x = *method->tensors[waiting], &codes = *method->tensors[made];
        CHECK(codes.dtype == schema::DType::Int32);
        CHECK(codes.storage == schema::Storage::Planned);
        const uint32_t k = x.extents[1], more = groups ? (k + 31) / 32 : 0;
        CHECK(codes.extents == std::vector<uint32_t>{1, (k + 3) / 4 + 1 + more});
        CHECK(codes.dims == x.dims);
      } else if (o->attributes.type == Attributes::Linear ||
                 o->attributes.type == Attributes::GatedLinear) {
        if (waiting >= 0) CHECK(o->inputs[0] == made);
        inputs.push_back(waiting);
        waiting = -1;
      }
    }
    return inputs;
  }
};

using Inputs = std::vector<int32_t>;

}  // namespace

TEST_CASE("rows are made codes once for all that read them") {
  QuantizedGraph f;
  f.linear(0, 1);
  f.op(schema::GatedLinearT(), {0}, 2, {1});
  f.linear(1, 3);
  f.linear(0, 4);
  CHECK(f.quantized() == Inputs{0, -1, 1, -1});
  CHECK(f.graph.model.weights[0]->dtype == schema::DType::Int8);
  CHECK(f.graph.model.weights[1]->dtype == schema::DType::Int8);
  CHECK(f.graph.model.weights[2]->dtype == schema::DType::Float32);
  CHECK(f.method->operators[3]->inputs[0] != f.method->operators[1]->inputs[0]);
}

TEST_CASE("rows are made codes in groups for matrices of these") {
  QuantizedGraph f;
  f.linear(0, 1);
  f.op(schema::GatedLinearT(), {0}, 2, {1});
  f.linear(1, 3);
  CHECK(f.quantized("int4") == Inputs{0, -1, 1});
  CHECK(f.graph.model.weights[0]->dtype == schema::DType::Int4);
  CHECK(f.graph.model.weights[1]->dtype == schema::DType::Int4);
}

TEST_CASE("rows of codes are the same for groups with and without a minimum") {
  QuantizedGraph f;
  f.graph.model.weights[0]->dtype = schema::DType::UInt4;
  f.graph.model.weights[1]->dtype = schema::DType::Int4;
  f.linear(0, 1);
  f.op(schema::GatedLinearT(), {0}, 2, {1});
  tools::quantize_inputs(f.graph.model, *f.method);
  REQUIRE(f.method->operators.size() == 3);
  CHECK(f.method->operators[0]->attributes.type == Attributes::QuantizeGroups);
  CHECK(f.method->operators[1]->inputs[0] == f.method->operators[2]->inputs[0]);
}

TEST_CASE("rows that matrices of both kinds read are made codes of both kinds") {
  QuantizedGraph f;
  f.graph.model.weights[0]->dtype = schema::DType::Int8;
  f.graph.model.weights[1]->dtype = schema::DType::Int4;
  f.linear(0, 1);
  f.op(schema::GatedLinearT(), {0}, 2, {1});
  f.linear(0, 3);
  tools::quantize_inputs(f.graph.model, *f.method);
  REQUIRE(f.method->operators.size() == 5);
  const auto kind = [&](size_t i) { return f.method->operators[i]->attributes.type; };
  CHECK(kind(0) == Attributes::Quantize);
  CHECK(kind(2) == Attributes::QuantizeGroups);
  CHECK(f.method->operators[3]->inputs == f.method->operators[2]->outputs);
  CHECK(f.method->operators[4]->inputs == f.method->operators[0]->outputs);
}

TEST_CASE("rows that were written over are made codes again") {
  QuantizedGraph f;
  f.linear(0, 1);
  f.op(schema::ActivationT(), {0}, 0, {});  // in place
  f.linear(0, 2);
  CHECK(f.quantized() == Inputs{0, 0});
  // A residual in place: the sum is another input of the next layer.
  QuantizedGraph g;
  g.linear(0, 1);
  g.op(schema::LinearT(), {1, 0}, 0, {0});
  g.linear(0, 2);
  CHECK(g.quantized() == Inputs{0, 1, 0});
}

TEST_CASE("columns of rows that were written over are made codes again") {
  QuantizedGraph f;
  f.linear(6, 1);
  f.linear(6, 2);
  f.op(schema::ActivationT(), {7}, 7, {});
  f.linear(6, 3);
  CHECK(f.quantized() == Inputs{6, -1, 6});
}

TEST_CASE("what has no codes stays as it is") {
  QuantizedGraph f;
  f.method->tensors[0]->extents = {1, kernels::kMostCodes + 1};
  f.op(schema::LinearT(), {0}, 1, {3});
  f.op(schema::BinaryT(), {1, 2}, 3, {});
  CHECK(f.quantized() == Inputs{-1});
  CHECK(f.graph.model.weights[3]->dtype == schema::DType::Float32);
  CHECK(f.method->operators.size() == 2);
  for (const char* format : {"f32", "f16", "bf16"}) {
    QuantizedGraph g;
    g.linear(0, 1);
    tools::set_format(g.graph, tools::format_of(format));
    CHECK(g.method->operators.size() == 1);
  }
}

}  // namespace fovea::test
