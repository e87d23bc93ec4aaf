// How far f32 attention may be from double precision.

#ifndef FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_
#define FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_

#include "tests/reference/attention.h"

namespace fovea::test {

// attend(), and appends to `tolerance` the largest error of each number of y. The score's error is
// that of key_width multiply-adds, the scale, a cap, what is added and the subtraction; it enters
// the weights as a factor.
Attended attend_within(const double* query, const double* keys, const double* values, size_t count,
                       size_t key_width, size_t value_width, const Scores& scores,
                       Doubles* tolerance);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_
