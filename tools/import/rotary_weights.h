// A rotary embedding as a weight of a graph.

#ifndef FOVEA_TOOLS_IMPORT_ROTARY_WEIGHTS_H_
#define FOVEA_TOOLS_IMPORT_ROTARY_WEIGHTS_H_

#include <cstdint>
#include <string>

#include "tools/graph/graph.h"
#include "tools/import/transformer.h"
#include "tools/import/weights.h"

namespace fovea::tools {

struct RotaryWeights {
  int32_t frequencies = -1;  // a weight, or -1
  int32_t table = -1;        // a weight: cosines and sines of every token
  float factor = 1;          // of cosines and sines
  bool interleaved = false;
};

// The table for sequences of at most `context` tokens. Throws InputError where it has numbers for
// which rotation is not right, and where the checkpoint has other frequencies. `path`: whose config
// asks for it, for messages.
// `index`: of the model's rotary embeddings, which tells their weights from each other.
RotaryWeights add_rotary(const RotarySpec& rotary, size_t index, uint32_t context,
                         const std::string& path, Weights& weights, Graph& graph);

// The same of a grid of patches: cosines, then sines, of every token; those before the patches do
// not turn.
RotaryWeights add_grid_rotary(const RotarySpec& rotary, size_t index, Weights& weights);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ROTARY_WEIGHTS_H_
