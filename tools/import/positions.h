// Tables of positions that are added to embeddings.

#ifndef FOVEA_TOOLS_IMPORT_POSITIONS_H_
#define FOVEA_TOOLS_IMPORT_POSITIONS_H_

#include <cstdint>
#include <string>

#include "tools/import/transformer.h"
#include "tools/import/weights.h"

namespace fovea::tools {

// The weight [count, width]; -1 for none. `path`: whose config asks for it, for messages.
int32_t add_position_table(const PositionsSpec& positions, uint32_t count, uint32_t width,
                           const std::string& path, Weights& weights);

// One of sines and cosines, of a kind that has them.
int32_t add_sinusoids(const PositionsSpec& positions, uint32_t count, uint32_t width,
                      const std::string& path, Weights& weights);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_POSITIONS_H_
