// What the cases of experts share: layers with a router of their own.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_EXPERT_CASE_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_EXPERT_CASE_H_

#include "tests/runtime/operators/case.h"

namespace fovea::test {

inline constexpr uint32_t kExperts = 5, kChosen = 2;
inline constexpr uint32_t kExpertsWidth = 100, kEach = kExpertsWidth / kChosen;

// A tensor of ids with the rows of a case.
int32_t ids_of(Case& c, uint32_t chosen);

struct Routed {
  int32_t weights, ids;
};
// Routes of logits that are the method's next input.
Routed add_route(Case& c, schema::RouteT attributes, uint32_t experts, uint32_t chosen);

// The chosen experts of a row, ascending, and their weights.
struct Route {
  std::vector<size_t> ids;
  Doubles weights;
};
std::vector<Route> routes(const Doubles& logits, const schema::RouteT& attributes, size_t experts,
                          size_t chosen);

// What expert `e` of such weights and biases makes of a row, as it reads this: [matrices *
// outputs].
Doubles expert(const double* x, schema::DType type, const Doubles& weights, const Doubles& biases,
               size_t e, size_t k, size_t outputs);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_EXPERT_CASE_H_
