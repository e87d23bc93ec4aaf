// Brings weights into the layouts that kernels read.

#ifndef FOVEA_TOOLS_PACK_PACK_H_
#define FOVEA_TOOLS_PACK_PACK_H_

#include <cstdint>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/pack/codes.h"
#include "tools/pack/sink.h"

namespace fovea::tools {

// Gives every weight its place in the weight segment. Returns the bytes of the segment.
uint64_t place_weights(schema::ModelT& model);

// Packs one weight and gives its bytes to `sink`, a panel at a time. Codes may have been chosen.
void pack_weight(const Checkpoint& checkpoint, const schema::WeightT& weight, const Source& source,
                 const ByteSink& sink, const Codes* chosen = nullptr);

// The whole weight segment, zeros between weights included.
void pack_weights(const Checkpoint& checkpoint, const Graph& graph, const ByteSink& sink,
                  const ChosenCodes& chosen = {});

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_PACK_PACK_H_
