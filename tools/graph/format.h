// The formats of weights: what elements matrices and embeddings are stored as.

#ifndef FOVEA_TOOLS_GRAPH_FORMAT_H_
#define FOVEA_TOOLS_GRAPH_FORMAT_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/graph/graph.h"

struct fovea_operator;

namespace fovea::tools {

struct Format {
  const char* name;  // "f32"
  schema::DType type;
  float (*nearest)(float number);  // what the element that stands for a number is
  // Null for codes, which stand for numbers of one output together.
  void (*encode)(std::span<const float> numbers, std::vector<uint8_t>& bytes);
  bool is_codes() const { return encode == nullptr; }
};

// Those of kernels/formats.inc.
std::span<const Format> formats();
std::vector<std::string> format_names();
const Format& format_of(schema::DType type);
const Format& format_of(const std::string& name);

// The operator of a kind that reads its first weight, or its state, in a format; null: none does.
const fovea_operator* operator_in(schema::Attributes kind, schema::DType format);

// Weights that get a format of their own: those of which a name is like `pattern`, where * stands
// for any text. Names are those of the tensors that a weight is made of, and the weight's own.
struct Keep {
  std::string pattern;
  const Format* format;
};

// From NAME=TYPE.
Keep parse_keep(const std::string& text);

// Puts weights into this format, or that of the last of `keeps` that is like it, whose operators
// can all read them so: matrices and embeddings. Others (norms, biases, positions) are few numbers
// and stay f32, and so do, unless a Keep names them, tables of few rows and what codes would not
// make half as large. Inputs of matrices that become codes are made codes, too. A Keep that changes
// nothing is refused.
void set_format(Graph& graph, const Format& format, std::span<const Keep> keeps = {});

// Whether the operators that read a weight can all read it in a format, by weight.
std::vector<bool> weights_that_take(const Graph& graph, const Format& format);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_FORMAT_H_
