// How far f32 attention may be from double precision.

#ifndef FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_
#define FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_

#include "tests/reference/attention.h"

namespace fovea::test {

constexpr double kSmallestWeight = 0x1p-120;  // weights below 2^-125 are 0

struct AttendedWithin {
  Attended of;
  double score;       // by how much a score may be wrong
  double relative;    // by how much of itself a weight may be wrong, and kSmallestWeight
  Doubles tolerance;  // of each number of y
};

// attend(). The score's error is that of key_width multiply-adds, the scale, a cap, what is added
// and the subtraction; it enters the weights as a factor.
AttendedWithin attend_within(const double* query, const double* keys, const double* values,
                             size_t count, size_t key_width, size_t value_width,
                             const Scores& scores);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_ATTENTION_ERROR_H_
