#include "tests/runtime/operators/expert_case.h"

namespace fovea::test {

using schema::Layout;

// Square, so that working over x would show.
static void add_linear_experts(Case& c, schema::RouteKind kind, bool bias,
                               schema::DType type = schema::DType::Float32) {
  const int32_t x = c.rows(kExpertsWidth), y = c.made(kExpertsWidth);
  schema::RouteT route;
  route.kind = kind;
  const Routed routed = add_route(c, route, kExperts, kChosen);
  auto& op = c.op(schema::LinearExpertsT(), {x, routed.weights, routed.ids}, {y},
                  {c.matrix(Layout::Panels16, {kExperts, kExpertsWidth, kEach}, type)});
  if (bias) op.weights.push_back(c.weight(Layout::Row16, {kExperts, kExpertsWidth}));
  c.output(y);
  c.terms = kExpertsWidth;
  c.oracle = [=](const Given& g) {
    const std::vector<Route> chosen = routes(g.inputs[1], route, kExperts, kChosen);
    Doubles y(g.inputs[0].size(), 0.0);
    for (size_t r = 0; r < chosen.size(); ++r) {
      for (size_t slot = 0; slot < kChosen; ++slot) {
        const Doubles made =
            expert(&g.inputs[0][r * kExpertsWidth + slot * kEach], type, g.weights[0],
                   bias ? g.weights[1] : Doubles(), chosen[r].ids[slot], kEach, kExpertsWidth);
        for (size_t n = 0; n < kExpertsWidth; ++n)
          y[r * kExpertsWidth + n] += chosen[r].weights[slot] * made[n];
      }
    }
    return y;
  };
}

Cases cases_linear_experts() {
  Cases cases;
  add_linear_experts(cases.emplace_back("a matrix only"), schema::RouteKind::Chosen, false);
  add_linear_experts(cases.emplace_back("a bias"), schema::RouteKind::Sigmoid, true);
  Case& packed = cases.emplace_back("packed rows");
  packed.pack();
  add_linear_experts(packed, schema::RouteKind::Chosen, true);
  add_linear_experts(cases.emplace_back("int8"), schema::RouteKind::Chosen, true,
                     schema::DType::Int8);
  add_linear_experts(cases.emplace_back("int4"), schema::RouteKind::Sigmoid, false,
                     schema::DType::Int4);
  add_linear_experts(cases.emplace_back("uint4"), schema::RouteKind::Chosen, true,
                     schema::DType::UInt4);
  return cases;
}

}  // namespace fovea::test
