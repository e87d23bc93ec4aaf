#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/tools/refused.h"
#include "tools/common/error.h"
#include "tools/graph/format.h"

namespace fovea::test {
namespace {

using schema::DType;
using tools::Keep;

// Weights 0 to 4: a table, two matrices, the second made of two tensors, a norm, experts.
struct FormattedGraph {
  tools::Graph graph;

  FormattedGraph() {
    graph.model.methods.push_back(std::make_unique<schema::MethodT>());
    weight("table", {"embed.weight"}, schema::Layout::Plain, {40, 40});
    weight("up", {"layers.0.up.weight"}, schema::Layout::Panels16, {40, 40});
    weight("kv", {"layers.1.k.weight", "layers.1.v.weight"}, schema::Layout::Panels16, {40, 40});
    weight("norm", {"layers.0.norm.weight"}, schema::Layout::Row16, {40});
    op(schema::EmbeddingT(), 0);
    op(schema::LinearT(), 1);
    op(schema::LinearT(), 2);
    op(schema::RmsNormT(), 3);
  }

  void weight(const char* name, std::vector<std::string> tensors, schema::Layout layout,
              std::vector<uint32_t> shape) {
    auto made = std::make_unique<schema::WeightT>();
    made->name = name;
    made->layout = layout;
    made->shape = std::move(shape);
    graph.model.weights.push_back(std::move(made));
    tools::Source source;
    for (std::string& tensor : tensors) source.parts.push_back({20, std::move(tensor), {}});
    graph.sources.push_back(std::move(source));
  }

  template <class T>
  void op(T attributes, int32_t weight) {
    schema::MethodT& method = *graph.model.methods[0];
    auto x = std::make_unique<schema::TensorT>();
    x->extents = {1, 40};
    x->dims = {0, -1};
    method.tensors.push_back(std::move(x));
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = {static_cast<int32_t>(method.tensors.size() - 1)};
    o->weights = {weight};
    method.operators.push_back(std::move(o));
  }

  std::vector<DType> formats(const std::string& all, const std::vector<std::string>& keeps) {
    std::vector<Keep> parsed;
    for (const std::string& keep : keeps) parsed.push_back(tools::parse_keep(keep));
    tools::set_format(graph, tools::format_of(all), parsed);
    std::vector<DType> types;
    for (const auto& weight : graph.model.weights) types.push_back(weight->dtype);
    return types;
  }
};

using Types = std::vector<DType>;
constexpr DType kF32 = DType::Float32, kF16 = DType::Float16, kInt8 = DType::Int8,
                kInt4 = DType::Int4, kUInt4 = DType::UInt4;

}  // namespace

TEST_CASE("matrices and tables have the format, norms stay f32") {
  CHECK(FormattedGraph().formats("f32", {}) == Types{kF32, kF32, kF32, kF32});
  CHECK(FormattedGraph().formats("int8", {}) == Types{kInt8, kInt8, kInt8, kF32});
  CHECK(FormattedGraph().formats("int4", {}) == Types{kInt4, kInt4, kInt4, kF32});
  CHECK(FormattedGraph().formats("uint4", {}) == Types{kUInt4, kUInt4, kUInt4, kF32});
}

TEST_CASE("a table of few rows stays f32, unless it is named") {
  const auto formats = [](uint32_t rows, const std::vector<std::string>& keeps) {
    FormattedGraph fixture;
    fixture.graph.model.weights[0]->shape = {rows, 40};
    fixture.graph.model.weights[1]->shape = {2, 40};
    return fixture.formats("int8", keeps);
  };
  CHECK(formats(8, {}) == Types{kF32, kInt8, kInt8, kF32});
  CHECK(formats(9, {}) == Types{kInt8, kInt8, kInt8, kF32});
  CHECK(formats(2, {"embed.weight=int8"}) == Types{kInt8, kInt8, kInt8, kF32});
  FormattedGraph few;
  few.graph.model.weights[0]->shape = {2, 40};
  CHECK(few.formats("f16", {}) == Types{kF16, kF16, kF16, kF32});
}

TEST_CASE("tensors are kept in a format by their name, the weight's or a pattern") {
  CHECK(FormattedGraph().formats("int4", {"embed.weight=f16"}) == Types{kF16, kInt4, kInt4, kF32});
  CHECK(FormattedGraph().formats("int4", {"up=int8"}) == Types{kInt4, kInt8, kInt4, kF32});
  CHECK(FormattedGraph().formats("f32", {"layers.*=int8"}) == Types{kF32, kInt8, kInt8, kF32});
  CHECK(FormattedGraph().formats("f32", {"*.weight=f16"}) == Types{kF16, kF16, kF16, kF32});
  CHECK(FormattedGraph().formats("int8", {"*e*s.0.*p*=f32"}) == Types{kInt8, kF32, kInt8, kF32});
  CHECK(FormattedGraph().formats("int8", {"*up*ght=f32"}) == Types{kInt8, kF32, kInt8, kF32});
  // One of those that a weight is made of.
  CHECK(FormattedGraph().formats("int8", {"layers.1.v.weight=f16"}) ==
        Types{kInt8, kInt8, kF16, kF32});
}

TEST_CASE("the last that a name is like counts") {
  CHECK(FormattedGraph().formats("f32", {"*=int8", "layers.1.*=f16"}) ==
        Types{kInt8, kInt8, kF16, kF32});
  CHECK(FormattedGraph().formats("f32", {"layers.1.*=f16", "*=int8"}) ==
        Types{kInt8, kInt8, kInt8, kF32});
}

TEST_CASE("formats of one matrix make rows of codes of one kind") {
  FormattedGraph f;
  f.formats("int8", {"layers.1.*=int4"});
  size_t plain = 0, groups = 0;
  for (const auto& op : f.graph.model.methods[0]->operators) {
    plain += op->attributes.type == schema::Attributes::Quantize ? 1 : 0;
    groups += op->attributes.type == schema::Attributes::QuantizeGroups ? 1 : 0;
  }
  CHECK(plain == 1);
  CHECK(groups == 1);
}

TEST_CASE("what keeps nothing is refused") {
  check_refusal([] { FormattedGraph().formats("int8", {"embed.weigth=f16"}); }, "embed.weigth=f16",
                "no tensor has such a name", "did you mean 'embed.weight'?");
  check_refusal([] { FormattedGraph().formats("int8", {"layers.*.down=f16"}); }, "no tensor");
  // No part of a name alone.
  check_refusal([] { FormattedGraph().formats("int8", {"embed=f16"}); }, "no tensor");
  check_refusal([] { FormattedGraph().formats("int8", {"*embed.weight.=f16"}); }, "no tensor");
  check_refusal([] { FormattedGraph().formats("int8", {"*norm.weight=f16"}); },
                "*norm.weight=f16: layers.0.norm.weight cannot be kept so");
  // An earlier one is not hidden by what another does.
  check_refusal([] { FormattedGraph().formats("int8", {"other=f16", "*=int4"}); }, "other=f16");
}

TEST_CASE("experts and convolutions make the codes of what they gather") {
  for (const bool experts : {false, true}) {
    FormattedGraph f;
    f.weight("own", {"own.weight"}, schema::Layout::GatedPanels16, {4, 2, 40, 40});
    experts ? f.op(schema::GatedExpertsT(), 4) : f.op(schema::ConvolutionT(), 4);
    const size_t before = f.graph.model.methods[0]->operators.size();
    CHECK(f.formats("f32", {"own.weight=int4"}) == Types{kF32, kF32, kF32, kF32, kInt4});
    CHECK(f.graph.model.methods[0]->operators.size() == before);
  }
}

TEST_CASE("matrices stay f32 where codes would not halve them, unless they are named") {
  const auto formats = [](uint32_t columns, const char* format) {
    FormattedGraph f;
    f.graph.model.weights[1]->shape = {40, columns};
    return f.formats(format, {})[1];
  };
  CHECK(formats(7, "int8") == kF32);
  CHECK(formats(8, "int8") == kInt8);
  CHECK(formats(3, "int4") == kF32);
  CHECK(formats(4, "int4") == kInt4);
  CHECK(formats(3, "uint4") == kF32);
  CHECK(formats(4, "uint4") == kUInt4);
  CHECK(formats(1, "f16") == kF16);
  FormattedGraph named;
  named.graph.model.weights[1]->shape = {40, 1};
  CHECK(named.formats("int8", {"up=int8"})[1] == kInt8);
}

TEST_CASE("a tensor and a format are separated by the last =") {
  CHECK(tools::parse_keep("a=b=f16").pattern == "a=b");
  CHECK(tools::parse_keep("a=b=f16").format == &tools::format_of("f16"));
  for (const char* text : {"", "f16", "=f16", "a", "a=", "a=f17", "a=F16"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(tools::parse_keep(text), tools::UsageError);
  }
}

}  // namespace fovea::test
