// Columns that are made larger or smaller by powers of two, and the columns of the matrices that
// read them by the opposite ones: what a model computes in f32 stays the same to the last bit, and
// rows that become codes lose less where all of their columns are about as large.

#ifndef FOVEA_TOOLS_GRAPH_EQUALIZE_H_
#define FOVEA_TOOLS_GRAPH_EQUALIZE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/graph/graph.h"

namespace fovea::tools {

// Rows that can be scaled by columns.
struct ScalableRows {
  // What makes them: a norm's gain and bias, a gated weight and its bias, or a matrix before a ReLU
  // and its bias; of each the numbers from `first` on, as many as there are columns. Powers of two
  // pass through everything behind these.
  std::vector<int32_t> makers;
  size_t first = 0;
  uint32_t columns = 0;
  std::vector<int32_t> readers = {};  // matrices, which no other operators use but lookups
  std::vector<int32_t> tables = {};   // those of them that are looked up, too
  // Others read what the norm makes, too: it is done once more for the matrices alone.
  bool apart = false;
};

// Of a graph whose operators do not write over their inputs yet, in the order in which they are
// used. Rows of heads' values are left out: caches keep them.
std::vector<ScalableRows> scalable_rows(const Graph& graph);

// Divides column i by 2^exponents[i], of rows that scalable_rows() found. Weights that are added
// come last. Rows that it found besides stay what they are.
void scale_rows(Graph& graph, const ScalableRows& rows, const std::vector<int>& exponents);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_EQUALIZE_H_
