// What scaled columns are taken to be, and that they compute the same.

#include "tools/graph/equalize.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/graph/outputs_crc.h"
#include "tools/graph/builder.h"
#include "tools/graph/fuse.h"

namespace fovea::test {
namespace {

using schema::Layout;
using tools::Graph;
using tools::ScalableRows;

constexpr uint32_t kRowWidth = 20, kWords = 30;

int32_t weight(Graph& graph, const std::string& name, Layout layout, std::vector<uint32_t> shape) {
  schema::WeightT made;
  made.name = name;
  made.layout = layout;
  made.shape = shape;
  std::vector<float> values(shape[0] * (shape.size() > 1 ? shape[1] : 1));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i * 7919 + name.size()) % 101) / 64 - 0.7f;
  }
  return tools::add_weight(graph, std::move(made), {{{shape[0], {}, std::move(values)}}});
}

// A decoder's ends: rows of a table, a norm, the same table as the head.
Graph tied(bool shows_norm) {
  Graph graph;
  auto dim = std::make_unique<schema::DimT>();
  dim->name = "tokens";
  dim->max = dim->limit = 5;
  graph.model.dims.push_back(std::move(dim));
  graph.model.sequences = 1;
  tools::MethodBuilder method(graph, "forward", -1);
  const int32_t table = weight(graph, "embed.weight", Layout::Panels16, {kWords, kRowWidth});
  const int32_t gain = weight(graph, "norm.weight", Layout::Row16, {kRowWidth});
  const int32_t ids = method.input("tokens", schema::DType::Int32, {{1, 0}});
  const int32_t x = method.embedding(ids, table, kRowWidth, 1);
  const int32_t normed = method.rms_norm(x, gain, 1e-5f);
  method.output(method.linear(normed, table, -1, kWords), "logits");
  if (shows_norm) method.output(normed, "hidden");
  method.finish();
  return graph;
}

std::vector<int> exponents() {
  std::vector<int> made(kRowWidth);
  for (uint32_t i = 0; i < kRowWidth; ++i) made[i] = static_cast<int>(i % 7) - 3;
  return made;
}

// A norm before two matrices, of which the second reads what is before the norm, too.
Graph shared() {
  Graph graph = tied(false);
  schema::MethodT& made = *graph.model.methods[0];
  const int32_t own = weight(graph, "own.weight", Layout::Panels16, {kWords, kRowWidth});
  const int32_t x = made.operators[1]->inputs[0], normed = made.operators[2]->inputs[0];
  for (const auto& [input, matrix] : {std::pair(x, made.operators[2]->weights[0]), {normed, own}}) {
    auto op = std::make_unique<schema::OperatorT>(*made.operators[2]);
    auto tensor = std::make_unique<schema::TensorT>(*made.tensors[op->outputs[0]]);
    tensor->name = "more" + std::to_string(matrix);
    op->inputs[0] = input;
    op->weights[0] = matrix;
    op->outputs = {static_cast<int32_t>(made.tensors.size())};
    made.outputs.push_back(static_cast<uint32_t>(op->outputs[0]));
    made.tensors.push_back(std::move(tensor));
    made.operators.push_back(std::move(op));
  }
  return graph;
}

}  // namespace

TEST_CASE("a matrix that reads other rows, too, stays as it is") {
  Graph scaled = tools::fuse(shared(), [](Graph& graph) {
    const std::vector<ScalableRows> rows = tools::scalable_rows(graph);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].readers.size() == 1);
    CHECK(rows[0].tables.empty());
    CHECK(rows[0].apart);
    tools::scale_rows(graph, rows[0], exponents());
  });
  CHECK(outputs_crc(std::move(scaled)) == outputs_crc(tools::fuse(shared())));
}

TEST_CASE("a head that is the table, too, is scaled, and its rows are scaled back") {
  for (const bool shows_norm : {false, true}) {
    CAPTURE(shows_norm);
    Graph scaled = tools::fuse(tied(shows_norm), [&](Graph& graph) {
      const std::vector<ScalableRows> rows = tools::scalable_rows(graph);
      REQUIRE(rows.size() == 1);
      CHECK(rows[0].tables == rows[0].readers);
      CHECK(rows[0].columns == kRowWidth);
      CHECK(rows[0].apart == shows_norm);
      tools::scale_rows(graph, rows[0], exponents());
    });
    const auto& operators = scaled.model.methods[0]->operators;
    CHECK(operators[1]->attributes.type == schema::Attributes::Filters);
    CHECK(operators.size() == (shows_norm ? 5 : 4));
    CHECK(outputs_crc(std::move(scaled)) == outputs_crc(tools::fuse(tied(shows_norm))));
  }
}

}  // namespace fovea::test
