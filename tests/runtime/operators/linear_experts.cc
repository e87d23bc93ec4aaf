#include "tests/runtime/operators/expert_case.h"

namespace fovea::test {

using schema::Layout;

static constexpr uint32_t kExperts = 5, kChosen = 2, kWidth = 100, kEach = kWidth / kChosen;

// Square, so that working over x would show.
static void add_case(Case& c, schema::RouteKind kind, bool bias,
                     schema::DType type = schema::DType::Float32) {
  const int32_t x = c.rows(kWidth), y = c.made(kWidth);
  schema::RouteT route;
  route.kind = kind;
  const Routed routed = add_route(c, route, kExperts, kChosen);
  auto& op = c.op(schema::LinearExpertsT(), {x, routed.weights, routed.ids}, {y},
                  {c.matrix(Layout::Panels16, {kExperts, kWidth, kEach}, type)});
  if (bias) op.weights.push_back(c.weight(Layout::Row16, {kExperts, kWidth}));
  c.output(y);
  c.terms = kWidth;
  c.oracle = [=](const Given& g) {
    const std::vector<Route> chosen = routes(g.inputs[1], route, kExperts, kChosen);
    Doubles y(g.inputs[0].size(), 0.0);
    for (size_t r = 0; r < chosen.size(); ++r) {
      for (size_t slot = 0; slot < kChosen; ++slot) {
        const Doubles made =
            expert(&g.inputs[0][r * kWidth + slot * kEach], type, g.weights[0],
                   bias ? g.weights[1] : Doubles(), chosen[r].ids[slot], kEach, kWidth);
        for (size_t n = 0; n < kWidth; ++n) y[r * kWidth + n] += chosen[r].weights[slot] * made[n];
      }
    }
    return y;
  };
}

Cases cases_linear_experts() {
  Cases cases;
  add_case(cases.emplace_back("a matrix only"), schema::RouteKind::Chosen, false);
  add_case(cases.emplace_back("a bias"), schema::RouteKind::Sigmoid, true);
  Case& packed = cases.emplace_back("packed rows");
  packed.pack();
  add_case(packed, schema::RouteKind::Chosen, true);
  add_case(cases.emplace_back("int8"), schema::RouteKind::Chosen, true, schema::DType::Int8);
  add_case(cases.emplace_back("int4"), schema::RouteKind::Sigmoid, false, schema::DType::Int4);
  return cases;
}

}  // namespace fovea::test
