// A model with all its weights in f32, which others are measured by.

#ifndef FOVEA_TOOLS_MEASURE_EXACT_MODEL_H_
#define FOVEA_TOOLS_MEASURE_EXACT_MODEL_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/session/session.h"

namespace fovea::tools {

// Written and planned. What is referred to outlives it.
struct ExactModel {
  const Checkpoint& checkpoint;
  const Graph& graph;
  const ModelFile& file;
  std::string path;  // temporary files are called so, with more behind it
  uint32_t threads;  // of sessions
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_MEASURE_EXACT_MODEL_H_
