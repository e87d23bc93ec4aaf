// Joins operators that one kernel does together, without changing a bit of what they compute.

#ifndef FOVEA_TOOLS_GRAPH_FUSE_H_
#define FOVEA_TOOLS_GRAPH_FUSE_H_

#include <functional>
#include <set>

#include "tools/graph/graph.h"

namespace fovea::tools {

// All of the following on every method, and drops what is unused. `between` sees the graph when
// operators have been joined, before they write over their inputs; what it adds is last.
Graph fuse(Graph graph, const std::function<void(Graph&)>& between = {});

// Linear, Activation -> Linear.
void fuse_activations(Graph& graph, schema::MethodT& method);
// Linear (gate), Linear (up), Multiply -> GatedLinear.
void fuse_gates(Graph& graph, schema::MethodT& method);
// Linear, Add -> Linear with a residual.
void fuse_residuals(Graph& graph, schema::MethodT& method);
// Linears in a row with one input (query, key, value) -> Linear, and views of its output.
// Those by one of the weights `apart` stay by themselves.
void fuse_parallel_linears(Graph& graph, schema::MethodT& method, const std::set<int32_t>& apart);
// Lets elementwise operators, norms and residuals write over an input that nothing reads later.
void work_in_place(Graph& graph, schema::MethodT& method);
// Drops tensors that no operator uses.
void remove_unused_tensors(schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_FUSE_H_
