// Positions within the cache, of a model that was imported with those of the sequence.

#ifndef FOVEA_TOOLS_GRAPH_POSITIONS_H_
#define FOVEA_TOOLS_GRAPH_POSITIONS_H_

#include "tools/graph/graph.h"

namespace fovea::tools {

// Every attention that keeps first keys besides its window meets them by a query of its own, which
// is rotated as though the keys between them and the window were not (StreamingLLM, Xiao et al.
// 2023). Throws UsageError where no attention keeps any, or a query is not rotated by its position.
void place_in_cache(schema::ModelT& model);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_POSITIONS_H_
