// Makes one weight of several.

#ifndef FOVEA_TOOLS_GRAPH_MERGE_WEIGHTS_H_
#define FOVEA_TOOLS_GRAPH_MERGE_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/graph/graph.h"

namespace fovea::tools {

// Stacks matrices with equal columns: their outputs follow each other.
int32_t stack_matrices(Graph& graph, const std::vector<int32_t>& matrices);
// Stacks biases; -1 stands for zeros. `outputs` are the lengths. -1 where all are absent.
int32_t stack_biases(Graph& graph, const std::vector<int32_t>& biases,
                     const std::vector<uint32_t>& outputs);
// The same for gate and up projection of one size, side by side.
int32_t gate_matrices(Graph& graph, int32_t gate, int32_t up);
int32_t gate_biases(Graph& graph, int32_t gate, int32_t up, uint32_t outputs);

// "layer.{query,key}.weight" from "layer.query.weight" and "layer.key.weight".
std::string merged_name(const std::vector<std::string>& names);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_MERGE_WEIGHTS_H_
