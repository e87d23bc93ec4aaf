// Monte-Carlo dropout of a model that was imported without.

#ifndef FOVEA_TOOLS_GRAPH_DROPOUT_H_
#define FOVEA_TOOLS_GRAPH_DROPOUT_H_

#include <string>

#include "tools/graph/graph.h"

namespace fovea::tools {

// The input of methods that drop weights, int32 [2]: seed and pass.
inline constexpr const char* kDropout = "dropout";

// Above 0, below 1 as a float, too. Throws UsageError.
float parse_probability(const std::string& text);

// Every self-attention drops weights; its methods have the input. Layers are numbered in the order
// of methods, those of the same keys and values alike in all methods. Throws UsageError where there
// is no self-attention.
void add_dropout(schema::ModelT& model, float probability);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_DROPOUT_H_
