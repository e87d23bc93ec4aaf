// Models that take pictures which are a whole number of times as high and wide as their images.

#ifndef FOVEA_TOOLS_GRAPH_SHRINK_H_
#define FOVEA_TOOLS_GRAPH_SHRINK_H_

#include <cstdint>

#include "tools/graph/graph.h"

namespace fovea::tools {

inline constexpr uint32_t kMostShrink = 16;  // as the operator allows

// Every input of pixels becomes `times` as high and wide; the model takes means of times * times of
// them. What is resized before is resized to as much more. Throws UsageError where there is no such
// input, or where it would be larger than any tensor.
void shrink_pictures(schema::ModelT& model, uint32_t times);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_SHRINK_H_
