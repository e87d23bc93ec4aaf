// What a method makes once for all that ask for it.

#include "tools/graph/builder.h"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

#include "tools/graph/cache_format.h"

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

TEST_CASE("a token before rows of a dim makes rows of a derived one") {
  tools::Graph graph;
  graph.model.dims.push_back(std::make_unique<schema::DimT>());
  graph.model.dims[0]->name = "frames";
  graph.model.dims[0]->max = 9;
  graph.model.weights.push_back(std::make_unique<schema::WeightT>());
  tools::MethodBuilder method(graph, "forward", -1);
  const int32_t once = method.input("x", schema::DType::Float32, method.rows({1, 0}, 24));
  const int32_t twice = method.input("2 x", schema::DType::Float32, method.rows({2, 0}, 24));
  const int32_t fixed = method.input("f", schema::DType::Float32, method.rows({5}, 24));
  const int32_t made[] = {method.prepend_token(once, 0), method.prepend_token(twice, 0),
                          method.prepend_token(once, 0), method.prepend_token(fixed, 0)};
  method.finish();
  REQUIRE(graph.model.dims.size() == 3);
  CHECK(graph.model.dims[1]->name == "frames_and_token");
  CHECK(graph.model.dims[1]->max == 10);
  CHECK(graph.model.dims[2]->max == 19);
  const uint32_t extents[] = {1, 1, 1, 6};
  const int32_t dims[] = {1, 2, 1, -1};
  for (size_t i = 0; i < 4; ++i) {
    const schema::TensorT& t = *graph.model.methods[0]->tensors[static_cast<size_t>(made[i])];
    CHECK(t.extents[0] == extents[i]);
    CHECK(t.dims[0] == dims[i]);
  }
}

TEST_CASE("windows that are a whole number for each unit of a dim are counted by it") {
  tools::Graph graph;
  graph.model.dims.push_back(std::make_unique<schema::DimT>());
  graph.model.dims[0]->name = "hops";
  graph.model.dims[0]->max = 9;
  tools::MethodBuilder method(graph, "next", -1);
  const int32_t x = method.input("x", schema::DType::Float32, method.rows({4, 0}, 24));
  const auto rows = [&](uint32_t before, uint32_t taps) {
    schema::HistoryT history;
    history.before = before;
    schema::ConvolutionT form;
    form.taps = taps;
    form.stride = 2;
    const int32_t all = before > 0 ? method.history(x, 0, history) : x;
    return method.extent_from_end(method.convolution(all, 0, -1, 8, form), 1);
  };
  const auto check = [](const tools::Extent& found, uint32_t count, int32_t dim) {
    CHECK(found.count == count);
    CHECK(found.dim == dim);
  };
  check(rows(0, 1), 2, 0);
  check(rows(0, 2), 2, 0);
  check(rows(0, 3), 1, 1);  // one less: a dim of their own
  check(rows(1, 3), 2, 0);
  check(rows(2, 3), 2, 0);
  check(rows(3, 3), 1, 5);  // one more
  CHECK(graph.model.dims[5]->max == 2 * 9 + 1);
}

TEST_CASE("formats of caches are those of keys and values, not of rows") {
  schema::ModelT model;
  for (int i = 0; i < 3; ++i) model.states.push_back(std::make_unique<schema::StateT>());
  model.methods.push_back(std::make_unique<schema::MethodT>());
  auto op = std::make_unique<schema::OperatorT>();
  op->attributes.Set(schema::HistoryT());
  op->states = {1};
  model.methods[0]->operators.push_back(std::move(op));
  tools::set_cache_format(model, "f16");
  CHECK(model.states[0]->dtype == schema::DType::Float16);
  CHECK(model.states[1]->dtype == schema::DType::Float32);
  CHECK(model.states[2]->dtype == schema::DType::Float16);
}

}  // namespace
}  // namespace fovea::test
