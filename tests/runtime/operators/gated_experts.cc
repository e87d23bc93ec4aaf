#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/expert_case.h"

namespace fovea::test {

using schema::Layout;

Doubles expert(const double* x, schema::DType type, const Doubles& weights, const Doubles& biases,
               size_t e, size_t k, size_t outputs) {
  const auto of = [&](const Doubles& all, size_t count) {
    if (all.empty()) return Doubles();
    const auto first = all.begin() + static_cast<long>(e * count);
    return Doubles(first, first + static_cast<long>(count));
  };
  return linear(as_read(Doubles(x, x + k), k, type), of(weights, outputs * k), of(biases, outputs),
                1, k, outputs);
}

static double gated(const schema::GatedExpertsT& a, double gate, double up) {
  if (a.limit == 0) return apply(kernels::Function(a.function), gate) * up;
  gate = std::min<double>(gate, a.limit);
  up = std::clamp<double>(up, -a.limit, a.limit);
  return gate / (1 + std::exp(-static_cast<double>(a.alpha) * gate)) * (up + 1);
}

static void add_wrong(Case& c, const std::string& name,
                      std::function<void(schema::GatedExpertsT&)> change) {
  c.wrong.push_back({name, [=](auto& o) { change(*o.attributes.AsGatedExperts()); }, name});
}

// Square, so that working over x would show. Without a router the ids are given: 0, 1 or both, some
// of them twice.
static void add_gated_experts(Case& c, const schema::GatedExpertsT& attributes, bool bias,
                              bool routed, schema::DType type = schema::DType::Float32) {
  const int32_t x = c.rows(kExpertsWidth), y = c.made(kExpertsWidth);
  schema::RouteT route;
  const int32_t ids = routed       ? add_route(c, route, kExperts, kChosen).ids
                      : c.packed() ? c.numbers({1, kChosen}, {1, -1})
                                   : c.numbers({1, 1, kChosen}, {0, 1, -1});
  auto& op = c.op(attributes, {x, ids}, {y},
                  {c.matrix(Layout::GatedPanels16, {kExperts, 2, kEach, kExpertsWidth}, type)});
  if (bias) op.weights.push_back(c.weight(Layout::GatedRow16, {kExperts, 2, kEach}));
  c.output(y);
  c.terms = kExpertsWidth;
  c.oracle = [=](const Given& g) {
    Doubles y;
    const size_t rows = g.inputs[0].size() / kExpertsWidth;
    const auto chosen =
        routed ? routes(g.inputs[1], route, kExperts, kChosen) : std::vector<Route>();
    for (size_t r = 0; r < rows; ++r) {
      for (size_t slot = 0; slot < kChosen; ++slot) {
        const size_t e =
            routed ? chosen[r].ids[slot] : static_cast<size_t>(g.inputs[1][r * kChosen + slot]);
        const Doubles sums = expert(&g.inputs[0][r * kExpertsWidth], type, g.weights[0],
                                    bias ? g.weights[1] : Doubles(), e, kExpertsWidth, 2 * kEach);
        for (size_t n = 0; n < kEach; ++n) y.push_back(gated(attributes, sums[n], sums[kEach + n]));
      }
    }
    return y;
  };
  add_wrong(c, "function", [](auto& a) { a.function = schema::Function(7); });
  for (const float limit : {-1.0f, NAN, INFINITY}) {
    add_wrong(c, "limit", [=](auto& a) { a.limit = limit; });
  }
  add_wrong(c, "alpha", [](auto& a) { a.alpha = NAN; });
  add_wrong(c, "alpha", [](auto& a) { a.limit = 0, a.alpha = 2; });
  add_wrong(c, "function", [](auto& a) { a.limit = 1, a.function = schema::Function::Relu; });
}

Cases cases_gated_experts() {
  Cases cases;
  schema::GatedExpertsT plain, limited;
  plain.function = schema::Function::GeluTanh;
  limited.function = schema::Function::Silu;
  limited.limit = 3.0f;
  limited.alpha = 1.702f;
  add_gated_experts(cases.emplace_back("matrices only"), plain, false, true);
  add_gated_experts(cases.emplace_back("biases"), plain, true, true);
  add_gated_experts(cases.emplace_back("a limit"), limited, true, true);
  add_gated_experts(cases.emplace_back("ids that are given"), plain, true, false);
  Case& packed = cases.emplace_back("packed rows");
  packed.pack();
  add_gated_experts(packed, limited, true, true);
  add_gated_experts(cases.emplace_back("int8"), plain, true, true, schema::DType::Int8);
  add_gated_experts(cases.emplace_back("int4"), limited, false, true, schema::DType::Int4);
  add_gated_experts(cases.emplace_back("uint4"), plain, true, true, schema::DType::UInt4);
  return cases;
}

}  // namespace fovea::test
