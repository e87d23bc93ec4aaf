// Turns the description of a transformer into a graph.

#ifndef FOVEA_TOOLS_IMPORT_BUILD_H_
#define FOVEA_TOOLS_IMPORT_BUILD_H_

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/import/transformer.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

// Throws InputError where the checkpoint is not of this description, UsageError where `maxima` are
// not. `family` names it in messages.
Graph build_transformer(TransformerSpec spec, const Checkpoint& checkpoint, const Maxima& maxima,
                        const char* family);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_BUILD_H_
