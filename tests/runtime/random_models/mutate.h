#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MUTATE_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MUTATE_H_

#include "runtime/schema.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

// Changes one thing that the tables say, near what it was or far from it.
void mutate(schema::ModelT& model, Random& random);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_MUTATE_H_
