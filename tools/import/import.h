// Turns a checkpoint into a graph. Families of architectures are told apart by their configs; no
// model is known by name.

#ifndef FOVEA_TOOLS_IMPORT_IMPORT_H_
#define FOVEA_TOOLS_IMPORT_IMPORT_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

// Throws InputError where the checkpoint is at fault, UsageError where `maxima` are.
Graph import_model(const Checkpoint& checkpoint, const Maxima& maxima);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_IMPORT_H_
