#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/runtime/operators/expert_case.h"

namespace fovea::test {

int32_t ids_of(Case& c, uint32_t chosen) {
  return c.packed() ? c.tensor({1, chosen}, {1, -1}, schema::DType::Int32)
                    : c.tensor({1, 1, chosen}, {0, 1, -1}, schema::DType::Int32);
}

Routed add_route(Case& c, schema::RouteT attributes, uint32_t experts, uint32_t chosen) {
  attributes.experts = experts;
  const int32_t logits = c.rows(experts);
  const Routed routed = {c.made(chosen), ids_of(c, chosen)};
  c.op(attributes, {logits}, {routed.weights, routed.ids});
  return routed;
}

std::vector<Route> routes(const Doubles& logits, const schema::RouteT& attributes, size_t experts,
                          size_t chosen) {
  std::vector<Route> all;
  for (size_t start = 0; start < logits.size(); start += experts) {
    const double* row = &logits[start];
    Route route;
    route.ids.resize(experts);
    std::iota(route.ids.begin(), route.ids.end(), size_t{0});
    std::stable_sort(route.ids.begin(), route.ids.end(),
                     [&](size_t a, size_t b) { return row[a] > row[b]; });
    route.ids.resize(chosen);
    std::sort(route.ids.begin(), route.ids.end());
    double sum = 0;
    for (size_t e = 0; e < experts; ++e) {
      const bool taken = std::count(route.ids.begin(), route.ids.end(), e) > 0;
      if (taken || attributes.kind == schema::RouteKind::All) sum += std::exp(row[e]);
    }
    for (const size_t e : route.ids) {
      const double weight = attributes.kind == schema::RouteKind::Sigmoid
                                ? 1 / (1 + std::exp(-row[e]))
                                : std::exp(row[e]) / sum;
      route.weights.push_back(attributes.factor * weight);
    }
    all.push_back(std::move(route));
  }
  return all;
}

// Ids show as rows of a table.
static void add_choice(Case& c, schema::RouteKind kind, uint32_t chosen) {
  schema::RouteT attributes;
  attributes.kind = kind;
  attributes.factor = 1.5f;
  const Routed routed = add_route(c, attributes, 64, chosen);
  const int32_t rows = c.packed() ? c.tensor({1, chosen, 3}, {1, -1, -1})
                                  : c.tensor({1, 1, chosen, 3}, {0, 1, -1, -1});
  c.op(schema::EmbeddingT(), {routed.ids}, {rows}, {c.weight(schema::Layout::Plain, {64, 3})});
  c.output(routed.weights);
  if (!c.packed()) c.output(rows);
  c.terms = 64;
  const bool shows = !c.packed();
  c.oracle = [=](const Given& g) {
    Doubles weights, table;
    for (const Route& route : routes(g.inputs[0], attributes, 64, chosen)) {
      weights.insert(weights.end(), route.weights.begin(), route.weights.end());
      for (const size_t id : route.ids) {
        const auto row = g.weights[0].begin() + static_cast<long>(3 * id);
        if (shows) table.insert(table.end(), row, row + 3);
      }
    }
    weights.insert(weights.end(), table.begin(), table.end());
    return weights;
  };
  c.wrong = {{"experts", [](auto& o) { o.attributes.AsRoute()->experts = 4097; }, "experts"},
             {"experts", [](auto& o) { o.attributes.AsRoute()->experts = 0; }, "experts"},
             {"experts", [](auto& o) { o.attributes.AsRoute()->experts = 63; }},
             {"kind", [](auto& o) { o.attributes.AsRoute()->kind = schema::RouteKind(3); }, "kind"},
             {"factor", [](auto& o) { o.attributes.AsRoute()->factor = INFINITY; }, "factor"}};
}

Cases cases_route() {
  Cases cases;
  add_choice(cases.emplace_back("softmax over the chosen"), schema::RouteKind::Chosen, 6);
  add_choice(cases.emplace_back("softmax over all"), schema::RouteKind::All, 6);
  add_choice(cases.emplace_back("sigmoids"), schema::RouteKind::Sigmoid, 19);
  add_choice(cases.emplace_back("all experts"), schema::RouteKind::All, 64);
  Case& packed = cases.emplace_back("packed rows");
  packed.pack();
  add_choice(packed, schema::RouteKind::Chosen, 6);
  return cases;
}

}  // namespace fovea::test
