// What is true of every operator is tried with every line of runtime/operators.inc. An operator
// without a file of cases here does not link.

#ifndef FOVEA_TESTS_RUNTIME_OPERATORS_LISTED_H_
#define FOVEA_TESTS_RUNTIME_OPERATORS_LISTED_H_

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>

#include "runtime/definition.h"
#include "tests/runtime/operators/case.h"
#include "tests/runtime/random_models/maker.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {

struct Listed {
  const fovea_operator& definition;
  const char* name;
  Cases (*cases)();
};

inline const Listed kListed[] = {
#define FOVEA_OPERATOR(Kind, name) {fovea_operator_##name, #name, cases_##name},
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
};

// The tested operator of a case.
inline size_t index_of(Case& c, const fovea_operator& definition) {
  size_t i = c.method().operators.size();
  while (c.method().operators[i - 1]->attributes.type != definition.kind) --i;
  return i - 1;
}

inline schema::OperatorT& tested(Case& c, const Listed& listed) {
  return *c.method().operators[index_of(c, listed.definition)];
}

inline Image image_of(Case& c) {
  plan_model(c.model);
  return make_image(c.model, c.weights);
}

inline fovea_code open_code(Case& c, fovea_error* error) {
  const Image image = image_of(c);
  fovea_model model;
  return fovea_open(image.span(), {}, &model, error);
}

// Each case of each operator, made anew for everything that is tried with it.
template <class F>
void for_each_case(const F& f) {
  for (const Listed& listed : kListed) {
    for (size_t i = 0; i < listed.cases().size(); ++i) {
      const auto make = [&] { return std::move(listed.cases()[i]); };
      CAPTURE(listed.name);
      CAPTURE(make().what);
      f(listed, make);
    }
  }
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPERATORS_LISTED_H_
