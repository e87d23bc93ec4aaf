// Which operators of a model stand for those of another, which has other formats.

#ifndef FOVEA_TOOLS_MEASURE_COUNTERPARTS_H_
#define FOVEA_TOOLS_MEASURE_COUNTERPARTS_H_

#include <cstdint>
#include <vector>

#include "tools/graph/graph.h"

namespace fovea::tools {

// By method and operator of the exact graph: the index in the packed one, which has others between
// them that make codes of activations. Throws InputError where the two are not alike.
std::vector<std::vector<uint32_t>> counterparts(const Graph& exact, const Graph& packed);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_COUNTERPARTS_H_
