#include "tools/graph/merge_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace fovea::tools {
namespace {

using schema::Layout;

bool all_have_prefix(const std::vector<std::string>& names, std::string_view prefix) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.starts_with(prefix); });
}

bool all_have_suffix(const std::vector<std::string>& names, std::string_view suffix) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.ends_with(suffix); });
}

// The longest common beginning that ends with a dot.
std::string common_prefix(const std::vector<std::string>& names) {
  std::string prefix = names.front();
  while (!prefix.empty() && !(prefix.back() == '.' && all_have_prefix(names, prefix))) {
    prefix.pop_back();
  }
  return prefix;
}

// The longest common end that starts with a dot.
std::string common_suffix(const std::vector<std::string>& names) {
  std::string suffix = names.front();
  while (!suffix.empty() && !(suffix.front() == '.' && all_have_suffix(names, suffix))) {
    suffix.erase(0, 1);
  }
  return suffix;
}

int32_t add(Graph& graph, Layout layout, std::vector<uint32_t> shape, std::string name,
            Source source) {
  schema::WeightT weight;
  weight.name = std::move(name);
  weight.layout = layout;
  weight.shape = std::move(shape);
  return add_weight(graph, std::move(weight), std::move(source));
}

void append_parts(Source& to, const Source& from) {
  to.parts.insert(to.parts.end(), from.parts.begin(), from.parts.end());
}

// Parts and names of biases, zeros for absent ones.
Source bias_source(const Graph& graph, const std::vector<int32_t>& biases,
                   const std::vector<uint32_t>& outputs, std::vector<std::string>& names) {
  Source source;
  for (size_t i = 0; i < biases.size(); ++i) {
    if (biases[i] < 0) {
      source.parts.push_back({outputs[i], {}, {}});
    } else {
      append_parts(source, graph.sources[biases[i]]);
      names.push_back(graph.model.weights[biases[i]]->name);
    }
  }
  return source;
}

}  // namespace

std::string merged_name(const std::vector<std::string>& names) {
  if (names.size() == 1) return names.front();
  const std::string prefix = common_prefix(names), suffix = common_suffix(names);
  std::vector<std::string> middles;
  for (const std::string& name : names) {
    const size_t end = std::max(prefix.size(), name.size() - suffix.size());
    middles.push_back(name.substr(prefix.size(), end - prefix.size()));
  }
  return fmt::format("{}{{{}}}{}", prefix, fmt::join(middles, ","), suffix);
}

int32_t stack_matrices(Graph& graph, const std::vector<int32_t>& matrices) {
  std::vector<std::string> names;
  Source source;
  uint32_t outputs = 0;
  for (const int32_t index : matrices) {
    const schema::WeightT& weight = *graph.model.weights[index];
    names.push_back(weight.name);
    outputs += weight.shape[0];
    append_parts(source, graph.sources[index]);
  }
  const uint32_t columns = graph.model.weights[matrices[0]]->shape[1];
  return add(graph, Layout::Panels16, {outputs, columns}, merged_name(names), std::move(source));
}

int32_t stack_biases(Graph& graph, const std::vector<int32_t>& biases,
                     const std::vector<uint32_t>& outputs) {
  std::vector<std::string> names;
  Source source = bias_source(graph, biases, outputs, names);
  if (names.empty()) return -1;
  uint32_t total = 0;
  for (const uint32_t n : outputs) total += n;
  // With a part missing, the name alone would not tell it from a bias that is used by itself.
  const std::string name = merged_name(names) + (names.size() < biases.size() ? " and zeros" : "");
  return add(graph, Layout::Row16, {total}, name, std::move(source));
}

int32_t gate_matrices(Graph& graph, int32_t gate, int32_t up) {
  const schema::WeightT& weight = *graph.model.weights[gate];
  Source source = graph.sources[gate];
  append_parts(source, graph.sources[up]);
  return add(graph, Layout::GatedPanels16, {2, weight.shape[0], weight.shape[1]},
             merged_name({weight.name, graph.model.weights[up]->name}), std::move(source));
}

int32_t gate_biases(Graph& graph, int32_t gate, int32_t up, uint32_t outputs) {
  std::vector<std::string> names;
  Source source = bias_source(graph, {gate, up}, {outputs, outputs}, names);
  if (names.empty()) return -1;
  return add(graph, Layout::GatedRow16, {2, outputs},
             merged_name(names) + (names.size() < 2 ? " and zeros" : ""), std::move(source));
}

}  // namespace fovea::tools
