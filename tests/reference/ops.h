// Every operator in double precision, written to be obviously right: natural layouts, no packing,
// no blocks. Tests compare kernels and whole models with these.

#ifndef FOVEA_TESTS_REFERENCE_OPS_H_
#define FOVEA_TESTS_REFERENCE_OPS_H_

#include <cstddef>
#include <vector>

#include "kernels/kernels.h"

namespace fovea::test {

using Doubles = std::vector<double>;

Doubles to_doubles(const float* x, size_t count);
Doubles absolutes(const Doubles& x);

double apply(kernels::Function function, double x);

// [rows, k] times [outputs, k] plus bias [outputs] (or empty) gives [rows, outputs].
Doubles linear(const Doubles& x, const Doubles& w, const Doubles& bias, size_t rows, size_t k,
               size_t outputs);

Doubles rms_norm(const Doubles& x, const Doubles& gain, size_t width, double epsilon);
Doubles layer_norm(const Doubles& x, const Doubles& gain, const Doubles& bias, size_t width,
                   double epsilon);

// x [heads, head_width] of one position, turned in place by the given angles [pairs].
void rotate(double* x, size_t heads, size_t head_width, const Doubles& angles, bool interleaved);

Doubles softmax(const Doubles& x, size_t width);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_REFERENCE_OPS_H_
