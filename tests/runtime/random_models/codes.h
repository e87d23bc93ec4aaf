// Weights in codes, made at random.

#ifndef FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_
#define FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_

#include <vector>

#include "runtime/schema.h"
#include "tests/runtime/random_models/random.h"

namespace fovea::test {

// Fills a weight that lies in `segment`: codes from -127 to 127, their numbers, and where it is in
// panels what their sums become.
void fill_code_panels(const schema::WeightT& weight, float* segment, Random& random);

// What the codes stand for, row after row, those of a group's matrices one after the other.
std::vector<double> numbers_of_codes(const schema::WeightT& weight, const float* packed);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_RANDOM_MODELS_CODES_H_
