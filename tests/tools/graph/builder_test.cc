// What a method makes once for all that ask for it.

#include "tools/graph/builder.h"

#include <doctest/doctest.h>

#include <memory>

namespace fovea::test {
namespace {

TEST_CASE("a rotary table serves all rows whose positions and frequencies are its own") {
  tools::Graph graph;
  for (const char* name : {"tokens", "others"}) {
    graph.model.dims.push_back(std::make_unique<schema::DimT>());
    graph.model.dims.back()->name = name;
    graph.model.dims.back()->max = 9;
    graph.model.weights.push_back(std::make_unique<schema::WeightT>());
    graph.model.weights.back()->shape = {4};
  }
  tools::MethodBuilder method(graph, "forward", -1);
  const int32_t x = method.input("x", schema::DType::Float32, method.rows({1, 0}, 24));
  const int32_t other = method.input("other", schema::DType::Float32, method.rows({1, 1}, 24));
  const auto table = [&](int32_t rows, int32_t frequencies, int32_t cache, float factor) {
    schema::RotaryTableT attributes;
    attributes.cache = cache;
    attributes.factor = factor;
    return method.rotary_table(rows, frequencies, attributes);
  };
  const int32_t made = table(x, 0, 0, 1.0f);
  CHECK(table(x, 0, 0, 1.0f) == made);
  CHECK(table(other, 0, 0, 1.0f) != made);
  CHECK(table(x, 1, 0, 1.0f) != made);
  CHECK(table(x, 0, -1, 1.0f) != made);
  CHECK(table(x, 0, 0, 1.5f) != made);
}

}  // namespace
}  // namespace fovea::test
