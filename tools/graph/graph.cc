#include "tools/graph/graph.h"

#include <utility>

#include "runtime/layout.h"
#include "tools/common/error.h"

namespace fovea::tools {

Matrices matrices_of(const schema::WeightT& weight) {
  return fovea::matrices_of(weight.layout, weight.shape.data(),
                            static_cast<uint32_t>(weight.shape.size()));
}

uint64_t tensor_bytes(const schema::ModelT& model, const schema::TensorT& tensor) {
  Checked bytes = tensor_element_bytes(tensor.dtype);
  for (size_t i = 0; i < tensor.extents.size(); ++i) {
    const int32_t dim = tensor.dims.empty() ? -1 : tensor.dims[i];
    bytes = bytes * tensor.extents[i] * (dim < 0 ? 1 : model.dims[dim]->max);
  }
  if (!bytes.within(kMaxBytes)) {
    fail("tensor {} would take more than {} bytes; lower the maxima with --max", tensor.name,
         kMaxBytes);
  }
  return bytes.value();
}

int32_t find_weight(const Graph& graph, const std::string& name) {
  for (size_t i = 0; i < graph.model.weights.size(); ++i) {
    if (graph.model.weights[i]->name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

int32_t add_weight(Graph& graph, schema::WeightT weight, Source source) {
  const int32_t found = find_weight(graph, weight.name);
  if (found >= 0) return found;
  graph.model.weights.push_back(std::make_unique<schema::WeightT>(std::move(weight)));
  graph.sources.push_back(std::move(source));
  return static_cast<int32_t>(graph.sources.size()) - 1;
}

void remove_unused_weights(Graph& graph) {
  std::vector<int32_t> renumbered(graph.sources.size(), -1);
  std::vector<std::unique_ptr<schema::WeightT>> weights;
  std::vector<Source> sources;
  for (auto& method : graph.model.methods) {
    for (auto& op : method->operators) {
      for (int32_t& index : op->weights) {
        if (index < 0) continue;
        if (renumbered[index] < 0) {
          renumbered[index] = static_cast<int32_t>(weights.size());
          weights.push_back(std::move(graph.model.weights[index]));
          sources.push_back(std::move(graph.sources[index]));
        }
        index = renumbered[index];
      }
    }
  }
  graph.model.weights = std::move(weights);
  graph.sources = std::move(sources);
}

}  // namespace fovea::tools
