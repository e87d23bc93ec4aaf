// A model between import and writing: the file's own tables, and for each weight where its numbers
// come from. Stages change it step by step; the graph that import makes has one operator for each
// step of the architecture, no memory plan and no weight offsets.

#ifndef FOVEA_TOOLS_GRAPH_GRAPH_H_
#define FOVEA_TOOLS_GRAPH_GRAPH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/layout.h"
#include "runtime/schema.h"

namespace fovea::tools {

// Makes elements [first, first + out.size()) of a part. Long tables are made so when they are
// packed: none of it is kept.
using Generator = std::function<void(uint64_t first, std::span<float> out)>;

// What a part takes of its tensor, which is a matrix [rows, columns] (a vector has one column), or
// several of them one after the other.
struct View {
  uint64_t rows = 0;        // 0: as many as the part has outputs
  bool transposed = false;  // the tensor is stored as [columns, rows]
  // Output i, or order[i] where there is an order, is row first + stride * (i / block) + i % block:
  // blocks of rows begin `stride` rows apart.
  uint64_t first = 0, stride = 1, block = 1;
  std::vector<uint32_t> order = {};
  float add = 0;                      // to every element, after it was widened to f32
  float factor = 1;                   // of every element
  uint64_t matrices = 1, matrix = 0;  // how many the tensor has, and which of them it is
  // Extents of the tensor behind its first one, where a row of it is more than an output, or has
  // another order: then column k of an output is element columns[k] of its row.
  std::vector<uint32_t> inner = {};
  std::vector<uint32_t> columns = {};
  // Output i is multiplied by number i; null: by 1.
  std::shared_ptr<const std::vector<float>> scales = {};

  // Elements of a row of the tensor, of an output with so many columns.
  uint64_t row_elements(uint64_t output_columns) const {
    uint64_t elements = inner.empty() ? output_columns : 1;
    for (const uint32_t extent : inner) elements *= extent;
    return elements;
  }
  uint64_t row(uint64_t output) const {
    const uint64_t at = order.empty() ? output : order[output];
    return first + stride * (at / block) + at % block;
  }
  // Whether outputs are read in the order of the tensor's elements; if they lie next to each other.
  bool in_order() const { return !transposed && order.empty() && columns.empty(); }
  bool contiguous() const { return in_order() && stride == block; }
};

// Some consecutive outputs (rows) of a weight.
struct Part {
  uint32_t outputs = 0;          // rows of a matrix, elements of a vector
  std::string tensor;            // tensor of the checkpoint; empty: see below
  std::vector<float> constants;  // numbers made by the importer
  Generator generate = {};       // empty with `tensor` and `constants`: zeros
  View view = {};                // of `tensor`
};

// The numbers of one weight. Parts follow each other; those of a gated weight are all of its gate,
// then all of its up projection; those of experts are all of the first, then all of the next one.
struct Source {
  std::vector<Part> parts;
  // Powers of two, by which all numbers of output i, of column k, are multiplied; null: by 1.
  std::shared_ptr<const std::vector<float>> rows = {}, columns = {};
  bool again = false;  // the numbers of another weight, which stays
};

struct Graph {
  schema::ModelT model;
  std::vector<Source> sources;     // by weight
  std::vector<std::string> notes;  // sentences for who converts: what was decided for them
  // The largest maxima that the model allows, by the name of a dim, or "context".
  std::map<std::string, uint32_t> limits;
  uint32_t filled = 0;  // of the tokenizer: as many tokens has every text
};

// Extents of a tensor: a constant, or a dim of the model.
struct Extent {
  uint32_t count = 1;
  int32_t dim = -1;
};
using Shape = std::vector<Extent>;

// A weight as a group of matrices.
Matrices matrices_of(const schema::WeightT& weight);

// Bytes of a tensor when all dims have their maxima.
uint64_t tensor_bytes(const schema::ModelT& model, const schema::TensorT& tensor);

// Index of the weight of this name, or -1.
int32_t find_weight(const Graph& graph, const std::string& name);

// Adds a weight, or finds the one that has its name already.
int32_t add_weight(Graph& graph, schema::WeightT weight, Source source);

// Drops weights that no operator uses.
void remove_unused_weights(Graph& graph);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_GRAPH_H_
