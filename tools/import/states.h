// Keys and values of a layer that outlive a run.

#ifndef FOVEA_TOOLS_IMPORT_STATES_H_
#define FOVEA_TOOLS_IMPORT_STATES_H_

#include <cstdint>
#include <string>

#include "tools/graph/builder.h"

namespace fovea::tools {

// Adds the states "key.NAME" and "value.NAME" to a cache.
KeyValues add_states(Graph& graph, const std::string& name, uint32_t cache, const Heads& heads);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_STATES_H_
