// Weights of experts: each a part, or several, of one weight.

#include <algorithm>
#include <utility>

#include "tools/graph/merge_weights.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

using schema::Layout;

std::string numbered(std::string name, uint32_t expert) {
  const size_t at = name.find('*');
  return at == std::string::npos ? name : name.replace(at, 1, std::to_string(expert));
}

// Tells the gate from what it gates where one tensor has both.
std::string told_apart(const std::string& name, const View& view) {
  return view.first > 0 ? name + " from " + std::to_string(view.first) : name;
}

}  // namespace

// Rows of a matrix are elements of a bias, which has one column.
Part Weights::expert_part(const std::string& name, View view, uint32_t expert, uint32_t count,
                          uint32_t outputs, uint32_t columns) {
  const uint32_t rows = view.rows > 0 ? static_cast<uint32_t>(view.rows) : outputs;
  const bool bias = columns == 0;
  std::vector<uint32_t> shape = {rows};
  if (!bias) shape.insert(view.transposed ? shape.begin() : shape.end(), columns);
  if (name.find('*') == std::string::npos && count > 1) {
    shape.insert(shape.begin(), count);
    view.matrices = count;
    view.matrix = expert;
  }
  view.transposed = view.transposed && !bias;
  const std::string tensor = stored(numbered(name, expert));
  check_shape(tensor, shape);
  used_.insert(tensor);
  return {outputs, tensor, {}, {}, std::move(view)};
}

int32_t Weights::experts(const std::string& prefix, const std::vector<ExpertLinear>& layers,
                         uint32_t count, uint32_t outputs, uint32_t columns) {
  Source source;
  std::vector<std::string> names;
  for (uint32_t e = 0; e < count; ++e) {
    for (const ExpertLinear& l : layers) {
      source.parts.push_back(expert_part(prefix + l.name, l.view, e, count, outputs, columns));
    }
  }
  for (const ExpertLinear& l : layers) names.push_back(told_apart(prefix + l.name, l.view));
  schema::WeightT weight;
  weight.name = merged_name(names);
  weight.layout = layers.size() > 1 ? Layout::GatedPanels16 : Layout::Panels16;
  weight.shape = {count, outputs, columns};
  if (layers.size() > 1) weight.shape.insert(weight.shape.begin() + 1, 2);
  return add_weight(graph_, std::move(weight), std::move(source));
}

int32_t Weights::expert_biases(const std::string& prefix, const std::vector<ExpertLinear>& layers,
                               uint32_t count, uint32_t outputs) {
  if (layers[0].bias.empty()) return -1;
  Source source;
  std::vector<std::string> names;
  for (uint32_t e = 0; e < count; ++e) {
    for (const ExpertLinear& l : layers) {
      source.parts.push_back(expert_part(prefix + l.bias, l.view, e, count, outputs, 0));
    }
  }
  for (const ExpertLinear& l : layers) names.push_back(told_apart(prefix + l.bias, l.view));
  schema::WeightT weight;
  weight.name = merged_name(names);
  weight.layout = layers.size() > 1 ? Layout::GatedRow16 : Layout::Row16;
  weight.shape = {count, outputs};
  if (layers.size() > 1) weight.shape.insert(weight.shape.begin() + 1, 2);
  return add_weight(graph_, std::move(weight), std::move(source));
}

}  // namespace fovea::tools
