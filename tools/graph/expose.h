// What attention tells of itself as outputs, for those who want to see what a model looked at.

#ifndef FOVEA_TOOLS_GRAPH_EXPOSE_H_
#define FOVEA_TOOLS_GRAPH_EXPOSE_H_

#include <string>
#include <vector>

#include "tools/graph/graph.h"

namespace fovea::tools {

// Of first to last, both included.
struct Chosen {
  uint32_t first = 0, last = UINT32_MAX;
  bool all() const { return first == 0 && last == UINT32_MAX; }
  bool has(uint32_t i) const { return i >= first && i <= last; }
  bool operator==(const Chosen&) const = default;
};

// Heads, and queries of each run.
struct ReportPart {
  Chosen heads, queries;
  bool last_query = false;
  bool operator==(const ReportPart&) const = default;
};

// Some reports of some layers.
struct ReportChoice {
  std::string text;
  std::vector<schema::ReportKind> kinds;
  Chosen layers = {};
  ReportPart part = {};
};

// "entropy,max@0-3,weights@4:heads=1-2:queries=last": kinds, each of all layers, of one or of a
// range, and of some heads and queries. Throws UsageError.
std::vector<ReportChoice> parse_reports(const std::string& text);

// "entropy" for an output "attention.0.entropy".
const char* report_name(schema::ReportKind kind);

// Gives the attention of every method what is chosen as further outputs of the method:
// "cross_attention.N.KIND" where the method only reads the keys' cache, "attention.N.KIND"
// otherwise, N counting each sort from 0. Throws UsageError where a choice names layers, heads or
// queries that no method has, or two choices different parts of one layer.
void expose_attention(schema::ModelT& model, const std::vector<ReportChoice>& choices);

// Sets the width of weights that are told to what their keys have room for; planning calls it after
// a change of maxima.
void resize_attention_weights(const schema::ModelT& model, schema::MethodT& method);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_GRAPH_EXPOSE_H_
