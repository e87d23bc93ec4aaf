#include "tools/graph/expose.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/common/error.h"

namespace fovea::test {
namespace {

using tools::expose_attention;
using tools::parse_reports;
using Extents = std::vector<uint32_t>;
using Dims = std::vector<int32_t>;

constexpr uint32_t kHeads = 4, kContext = 20, kTokens = 10;

// Two layers whose keys are states. Dims are the batch and the tokens; packed or one sequence.
schema::ModelT two_layers(bool packed) {
  schema::ModelT model;
  for (const uint32_t max : {3u, kTokens}) {
    model.dims.push_back(std::make_unique<schema::DimT>());
    model.dims.back()->max = max;
  }
  model.caches.push_back(std::make_unique<schema::CacheT>());
  model.caches.back()->context = kContext;
  model.states.push_back(std::make_unique<schema::StateT>());
  auto method = std::make_unique<schema::MethodT>();
  method->updates.push_back(std::make_unique<schema::CacheUpdateT>());
  const auto tensor = [&](Extents extents, Dims dims) {
    method->tensors.push_back(std::make_unique<schema::TensorT>());
    method->tensors.back()->extents = std::move(extents);
    method->tensors.back()->dims = std::move(dims);
  };
  tensor({1, 32}, {1, -1});
  tensor({1}, {0});
  if (packed) method->lengths = 1, method->packed = 1;
  for (int layer = 0; layer < 2; ++layer) {
    auto op = std::make_unique<schema::OperatorT>();
    schema::AttentionT attention;
    attention.heads = kHeads;
    op->attributes.Set(std::move(attention));
    op->inputs = {0, -1, -1};
    op->outputs = {0};
    op->states = {0, 0};
    method->operators.push_back(std::move(op));
  }
  model.methods.push_back(std::move(method));
  return model;
}

struct Exposed {
  schema::ModelT model;
  Exposed(const std::string& text, bool packed) : model(two_layers(packed)) {
    expose_attention(model, parse_reports(text));
  }
  const schema::AttentionT& attention(size_t layer) const {
    return *model.methods[0]->operators[layer]->attributes.AsAttention();
  }
  const schema::TensorT& tensor(const std::string& name) const {
    for (const auto& t : model.methods[0]->tensors) {
      if (t->name == name) return *t;
    }
    FAIL(name);
    return *model.methods[0]->tensors[0];
  }
};

void check_shape(const schema::TensorT& t, const Extents& extents, const Dims& dims) {
  CHECK(t.extents == extents);
  CHECK(t.dims == dims);
}

std::string refused_reports(const std::string& text) {
  try {
    const Exposed exposed(text, false);
  } catch (const tools::UsageError& error) {
    return error.what();
  }
  return "";
}

void check_refused(const std::string& text, const std::string& part) {
  CHECK_MESSAGE(refused_reports(text).find(part) != std::string::npos, text, ": ",
                refused_reports(text));
}

}  // namespace

TEST_CASE("reports of all heads and queries have the query's rows") {
  const Exposed all("weights,scores@1,numbers@0", false);
  CHECK(all.attention(0).range == nullptr);
  check_shape(all.tensor("attention.0.weights"), {kHeads, 1, kContext}, {-1, 1, -1});
  check_shape(all.tensor("attention.1.scores"), {kHeads, 1, kContext}, {-1, 1, -1});
  check_shape(all.tensor("attention.0.entropy"), {1, kHeads}, {1, -1});
  check_shape(all.tensor("attention.0.average_entropy"), {1, 1}, {1, -1});
  using Kind = schema::ReportKind;
  CHECK(all.attention(1).reports == std::vector<Kind>{Kind::Weights, Kind::Scores});
  // Scores ask for no average.
  CHECK(all.attention(0).reports.size() == 8);
}

TEST_CASE("a range has room for its heads and queries alone") {
  const Exposed last("weights@1:heads=1-3:queries=last,entropy@1:heads=1-3:queries=last", false);
  CHECK(last.attention(0).range == nullptr);
  CHECK(last.attention(0).reports.empty());
  REQUIRE(last.attention(1).range != nullptr);
  CHECK(last.attention(1).range->first_head == 1);
  CHECK(last.attention(1).range->heads == 3);
  CHECK(last.attention(1).range->last);
  CHECK(last.attention(1).range->queries == 0);
  check_shape(last.tensor("attention.1.weights"), {3, 1, kContext}, {-1, -1, -1});
  check_shape(last.tensor("attention.1.entropy"), {1, 3}, {-1, -1});

  const Exposed some("scaled_scores:queries=2-5", true);
  REQUIRE(some.attention(0).range != nullptr);
  CHECK(some.attention(0).range->heads == kHeads);
  CHECK(some.attention(0).range->first_query == 2);
  CHECK(some.attention(0).range->queries == 4);
  CHECK(!some.attention(0).range->last);
  // As many for each of the packed sequences.
  check_shape(some.tensor("attention.0.scaled_scores"), {kHeads, 4, kContext}, {-1, 0, -1});

  const Exposed heads("average:heads=2", true);
  CHECK(heads.attention(1).range->queries == 0);
  check_shape(heads.tensor("attention.1.average"), {1, kContext}, {1, -1});
}

TEST_CASE("ranges that mean nothing are refused by name") {
  check_refused("max:heads=4", "there is no head 4 in layer 0, only 0 to 3");
  check_refused("max@1:heads=2-1", "head 2 comes after head 1");
  check_refused("max:heads=x", "'x' is no head");
  check_refused("max:queries=", "'' is no query");
  check_refused("max:queries=0-10", "there is no query 10, a run has 10 at most");
  check_refused("max:keys=1", "not 'keys=1'");
  check_refused("max:heads=1:heads=2", "each once, not 'heads=2'");
  check_refused("max:queries=last:queries=1", "each once, not 'queries=1'");
  check_refused("max@0:heads=1,entropy", "choose different heads or queries of layer 0");
  check_refused("max@2", "there is no layer 2, only 0 to 1");
  CHECK(refused_reports("max@0:heads=1,entropy@1").empty());
  CHECK(refused_reports("max:queries=9").empty());
}

}  // namespace fovea::test
