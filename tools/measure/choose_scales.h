// Powers of two between columns, by what samples make of them.

#ifndef FOVEA_TOOLS_MEASURE_CHOOSE_SCALES_H_
#define FOVEA_TOOLS_MEASURE_CHOOSE_SCALES_H_

#include <vector>

#include "tools/graph/equalize.h"
#include "tools/measure/exact_model.h"
#include "tools/measure/samples.h"

namespace fovea::tools {

// Rows and, for each of their columns, the power of two that it is divided by.
struct ChosenScale {
  ScalableRows rows;
  std::vector<int> exponents;
};

// Of each column the power of two next to the square root of what matrices read there by what they
// hold there (after Xiao et al. 2023), less the median of all columns: both roots of mean squares,
// or both the largest magnitudes. Of these two, and of no powers at all, what would leave the least
// noise, activations' and weights', by the samples. Rows that gain nothing are left out, and those
// of which a matrix is int4 in `wanted`, or none codes. The same on every host.
std::vector<ChosenScale> choose_scales(const ExactModel& exact, const Graph& wanted,
                                       std::vector<ScalableRows> all, const Samples& samples);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_CHOOSE_SCALES_H_
