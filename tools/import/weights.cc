#include "tools/import/weights.h"

#include <algorithm>
#include <utility>

#include "runtime/layout.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using schema::Layout;

// A shape without its leading extents of 1, down to `rank` extents.
std::vector<uint64_t> squeezed(std::vector<uint64_t> shape, size_t rank) {
  while (shape.size() > rank && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

}  // namespace

void Weights::check_shape(const std::string& name, const std::vector<uint32_t>& needed) const {
  const StoredTensor& tensor = checkpoint_.at(name);
  const std::vector<uint64_t> wanted(needed.begin(), needed.end());
  if (squeezed(tensor.shape, needed.size()) == wanted) return;
  fail(
      "{}: tensor {} has shape {} where the config asks for {}; the config is not this "
      "checkpoint's",
      checkpoint_.path, name, shape_text(tensor.shape), shape_text(wanted));
}

int32_t Weights::add(const std::string& name, Layout layout, std::vector<uint32_t> shape,
                     uint32_t outputs) {
  used_.insert(name);
  schema::WeightT weight;
  weight.name = name;
  weight.layout = layout;
  weight.shape = std::move(shape);
  return add_weight(graph_, std::move(weight), {{{outputs, name, {}}}});
}

uint32_t Weights::rows(const std::string& name) const {
  const StoredTensor& tensor = checkpoint_.at(name);
  const uint64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  if (rows < 1 || rows > kMaxExtent) {
    fail("{}: tensor {} has shape {}, which no weight has", checkpoint_.path, name,
         shape_text(tensor.shape));
  }
  return static_cast<uint32_t>(rows);
}

int32_t Weights::matrix(const std::string& name, uint32_t outputs, uint32_t columns) {
  check_shape(name, {outputs, columns});
  return add(name, Layout::Panels16, {outputs, columns}, outputs);
}

int32_t Weights::vector(const std::string& name, uint32_t n) {
  check_shape(name, {n});
  return add(name, Layout::Row16, {n}, n);
}

int32_t Weights::optional_vector(const std::string& name, uint32_t n) {
  return has(name) ? vector(name, n) : -1;
}

int32_t Weights::table(const std::string& name, uint32_t rows, uint32_t columns) {
  check_shape(name, {rows, columns});
  return add(name, Layout::Plain, {rows, columns}, rows);
}

int32_t Weights::constants(const std::string& name, std::vector<uint32_t> shape,
                           std::vector<float> values) {
  schema::WeightT weight;
  weight.name = name;
  weight.layout = Layout::Plain;
  const uint32_t outputs = shape[0];
  weight.shape = std::move(shape);
  return add_weight(graph_, std::move(weight), {{{outputs, {}, std::move(values)}}});
}

void Weights::ignore_prefix(const std::string& prefix) {
  for (const auto& [name, tensor] : checkpoint_.tensors) {
    if (name.starts_with(prefix)) ignore(name);
  }
}

void Weights::ignore_suffix(const std::string& suffix) {
  for (const auto& [name, tensor] : checkpoint_.tensors) {
    if (name.ends_with(suffix)) ignore(name);
  }
}

void Weights::expect_all_used(const char* family) const {
  std::vector<std::string> left;
  for (const auto& [name, tensor] : checkpoint_.tensors) {
    if (!used_.contains(name)) left.push_back(name);
  }
  if (left.empty()) return;
  fail(
      "{}: tensor {}{} has no place in the {} model that the config describes; the config is not "
      "this checkpoint's, or the architecture is another",
      checkpoint_.path, left.front(),
      left.size() > 1 ? fmt::format(" (and {} more)", left.size() - 1) : "", family);
}

}  // namespace fovea::tools
