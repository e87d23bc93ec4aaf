// Which experts a row of logits chooses, and their weights.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;
using schema::DType;
using schema::RouteKind;

struct Routed {
  std::vector<int32_t> ids;
  std::vector<float> weights;
};

// One row of logits.
Routed route(const std::vector<float>& logits, uint32_t chosen, RouteKind kind) {
  Handmade m;
  const auto experts = static_cast<uint32_t>(logits.size());
  const int32_t x = m.input("x", {1, experts});
  const int32_t weights = m.tensor("weights", {1, chosen});
  const int32_t ids = m.tensor("ids", {1, chosen}, {}, DType::Int32);
  schema::RouteT attributes;
  attributes.experts = experts;
  attributes.kind = kind;
  m.op(attributes, {x}, {weights, ids});
  m.finish({weights, ids});
  HandmadeSession s(make_image(m.model, m.weights));
  fovea_tensor t;
  REQUIRE(fovea_input(s.session, 0, "x", &t, nullptr) == FOVEA_OK);
  std::memcpy(t.data, logits.data(), t.bytes);
  REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
  Routed made = {std::vector<int32_t>(chosen), std::vector<float>(chosen)};
  REQUIRE(fovea_output(s.session, 0, "ids", &t, nullptr) == FOVEA_OK);
  CHECK(t.type == FOVEA_INT32);
  std::memcpy(made.ids.data(), t.data, t.bytes);
  REQUIRE(fovea_output(s.session, 0, "weights", &t, nullptr) == FOVEA_OK);
  std::memcpy(made.weights.data(), t.data, t.bytes);
  return made;
}

}  // namespace

TEST_CASE("of equal logits the lower expert is chosen, and ids ascend") {
  CHECK(route({1, 3, 3, 3, 0}, 2, RouteKind::Chosen).ids == Ids{1, 2});
  CHECK(route({3, 1, 3, 2, 3}, 3, RouteKind::Chosen).ids == Ids{0, 2, 4});
  CHECK(route({0, 0, 0, 0, 0}, 3, RouteKind::All).ids == Ids{0, 1, 2});
  CHECK(route({-0.0f, 0.0f, 1, 0.0f}, 2, RouteKind::All).ids == Ids{0, 2});
  CHECK(route({1, 2, 5, 4, 3}, 5, RouteKind::Sigmoid).ids == Ids{0, 1, 2, 3, 4});
  CHECK(route({-INFINITY, 7, -INFINITY, INFINITY}, 3, RouteKind::Sigmoid).ids == Ids{0, 1, 3});
}

TEST_CASE("weights are those of the chosen, in their order") {
  const std::vector<float> logits = {0, std::log(3.0f), std::log(2.0f), -INFINITY};
  const auto near = [](float a, double b) { CHECK(std::abs(a - b) < 1e-6); };
  const Routed chosen = route(logits, 2, RouteKind::Chosen);
  near(chosen.weights[0], 0.6);
  near(chosen.weights[1], 0.4);
  const Routed all = route(logits, 2, RouteKind::All);
  near(all.weights[0], 0.5);
  near(all.weights[1], 1.0 / 3);
  const Routed sigmoid = route(logits, 2, RouteKind::Sigmoid);
  near(sigmoid.weights[0], 0.75);
  near(sigmoid.weights[1], 2.0 / 3);
}

TEST_CASE("a NaN is chosen last, and is in all weights of its row, chosen or not") {
  for (const RouteKind kind : {RouteKind::Chosen, RouteKind::All, RouteKind::Sigmoid}) {
    const Routed last = route({NAN, 1, NAN, 2, 0}, 2, kind);
    CHECK(last.ids == Ids{1, 3});
    for (const float weight : last.weights) CHECK(std::isnan(weight));
    CHECK(route({NAN, 1, NAN, -INFINITY, NAN}, 3, kind).ids == Ids{0, 1, 2});
  }
}

}  // namespace fovea::test
