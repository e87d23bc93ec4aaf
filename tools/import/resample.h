// Numbers of a grid for the points of another one.

#ifndef FOVEA_TOOLS_IMPORT_RESAMPLE_H_
#define FOVEA_TOOLS_IMPORT_RESAMPLE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "tools/import/transformer.h"

namespace fovea::tools {

// `values` [lines, columns, width], points at the middle of their squares. Cubic convolution (Keys
// 1981) as PyTorch has it: sharp with the parameter -0.75 and the outermost points repeated;
// smooth, which PyTorch calls antialiased, with -0.5, over all points that a new one covers.
std::vector<float> resample_bicubic(std::span<const float> values, const Grid& from, const Grid& to,
                                    uint32_t width, Resampling kind);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_RESAMPLE_H_
