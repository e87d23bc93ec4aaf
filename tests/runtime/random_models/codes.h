// Weights in codes, made at random.

#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_

#include <vector>

#include "runtime/layout.h"
#include "runtime/schema.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

inline bool is_codes(schema::DType type) {
  return type == schema::DType::Int8 || is_in_groups(type);
}

// Fills a weight of codes that lies in `segment`: codes, their numbers, and what else the
// layout has.
void fill_code_panels(const schema::WeightT& weight, float* segment, Random& random);

// What the codes stand for, row after row, those of a group's matrices one after the other, and so
// for each expert.
std::vector<double> numbers_of_codes(const schema::WeightT& weight, const float* packed);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_
