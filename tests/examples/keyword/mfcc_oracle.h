// The features by their definition in mfcc.h, in double precision, with whole matrices.

#ifndef FOVEA_TESTS_EXAMPLES_KEYWORD_MFCC_ORACLE_H_
#define FOVEA_TESTS_EXAMPLES_KEYWORD_MFCC_ORACLE_H_

#include <cstdint>
#include <span>

namespace keyword::test {

struct OracleFrame {
  double coefficients[40];
  // How far single precision may be off. A transform of 9 stages rounds by eps times the length of
  // the samples in each; in a band of level B this becomes the part length / B, in the logarithm
  // as much, beside the logarithm's own rounding; the DCT adds 80 of them.
  double tolerance;
};

OracleFrame mfcc_by_definition(std::span<const int16_t, 480> samples);

}  // namespace keyword::test

#endif  // FOVEA_TESTS_EXAMPLES_KEYWORD_MFCC_ORACLE_H_
