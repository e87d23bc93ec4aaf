#include "tools/import/weights.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/import/compare.h"

namespace fovea::tools {
namespace {

using schema::Layout;

// The number at a place of a name, less than 1e9; -1 where there is none.
int64_t layer_number(const std::string& name, size_t at) {
  const size_t end = name.find_first_not_of("0123456789", at);
  if (end == std::string::npos || end == at || end - at > 9) return -1;
  return std::stol(name.substr(at, end - at));
}

// A shape without its leading extents of 1, down to `rank` extents.
std::vector<uint64_t> squeezed(std::vector<uint64_t> shape, size_t rank) {
  while (shape.size() > rank && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

// The shape of a tensor of which a weight of this shape is a view.
std::vector<uint32_t> stored_shape(std::vector<uint32_t> shape, const View& view) {
  if (view.rows > 0) shape[0] = static_cast<uint32_t>(view.rows);
  if (!view.inner.empty()) {
    shape.resize(1);
    shape.insert(shape.end(), view.inner.begin(), view.inner.end());
  }
  if (view.transposed) std::swap(shape[0], shape[1]);
  return shape;
}

// Tells weights of one tensor from each other, in their names.
std::string view_text(const View& view, uint32_t outputs) {
  std::string text;
  if (view.rows > 0) text += fmt::format("[{}:{}]", view.first, view.row(outputs - 1) + 1);
  if (view.stride != view.block) text += fmt::format(" by {}", view.stride);
  if (view.block > 1) text += fmt::format(" of {}", view.block);
  if (view.transposed) text += " transposed";
  if (!view.order.empty()) text += " reordered";
  if (!view.columns.empty()) {
    text += fmt::format(" columns {} to {}", view.columns.front(), view.columns.back());
  }
  if (view.factor != 1) text += fmt::format(" * {}", view.factor);
  if (view.scales != nullptr) text += " scaled";
  if (view.add != 0) text += fmt::format(" + {}", view.add);
  return text;
}

}  // namespace

Weights::Weights(const Checkpoint& checkpoint, Graph& graph, std::string base,
                 std::string stored_base)
    : checkpoint_(checkpoint),
      graph_(graph),
      base_(std::move(base)),
      stored_base_(std::move(stored_base)) {
  if (!stored_base_.empty()) return;
  const auto first = checkpoint.tensors.lower_bound(base_);
  if (first != checkpoint.tensors.end() && first->first.starts_with(base_)) stored_base_ = base_;
}

std::string Weights::stored(const std::string& name) const {
  const bool changes = base_ != stored_base_ && name.starts_with(base_);
  std::string found = changes ? stored_base_ + name.substr(base_.size()) : name;
  if (checkpoint_.tensors.contains(found)) return found;
  // What the first releases of BERT called those of its norms.
  for (const auto& [now, then] : {std::pair{".weight", ".gamma"}, std::pair{".bias", ".beta"}}) {
    if (!found.ends_with(now)) continue;
    std::string old = found.substr(0, found.size() - std::string_view(now).size()) + then;
    if (checkpoint_.tensors.contains(old)) return old;
  }
  return found;
}

void Weights::expect_matrix(const std::string& name, uint32_t outputs, uint32_t columns,
                            const View& view) const {
  check_shape(stored(name), stored_shape({outputs, columns}, view));
}

void Weights::expect_layers(const std::string& prefix, uint32_t count, const char* key) const {
  const std::string start = stored(prefix);
  uint64_t found = 0;
  int64_t last = -1;  // tensors of a layer follow each other
  for (auto at = checkpoint_.tensors.lower_bound(start);
       at != checkpoint_.tensors.end() && at->first.starts_with(start); ++at) {
    const int64_t number = layer_number(at->first, start.size());
    found += number >= 0 && number != last;
    last = number;
  }
  if (count <= found) return;
  fail("{}: the config says {} is {}; the checkpoint has tensors of {} such layers ({}0...)",
       checkpoint_.path, key, count, found, start);
}

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
                     const View& view) {
  const std::string tensor = stored(name);
  check_shape(tensor, stored_shape(shape, view));
  used_.insert(tensor);
  const uint32_t outputs = shape[0];
  schema::WeightT weight;
  weight.name = name + view_text(view, outputs);
  weight.layout = layout;
  weight.shape = std::move(shape);
  return add_weight(graph_, std::move(weight), {{{outputs, tensor, {}, {}, view}}});
}

uint32_t Weights::rows(const std::string& name) const {
  const StoredTensor& tensor = checkpoint_.at(stored(name));
  const uint64_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  if (rows < 1 || rows > kMaxExtent) {
    fail("{}: tensor {} has shape {}, which no weight has", checkpoint_.path, name,
         shape_text(tensor.shape));
  }
  return static_cast<uint32_t>(rows);
}

int32_t Weights::matrix(const std::string& name, uint32_t outputs, uint32_t columns,
                        const View& view) {
  return add(name, Layout::Panels16, {outputs, columns}, view);
}

int32_t Weights::vector(const std::string& name, uint32_t n, const View& view) {
  return add(name, Layout::Row16, {n}, view);
}

int32_t Weights::bias(const LinearSpec& linear, uint32_t outputs) {
  if (!linear.own_bias.empty()) return vector(linear.own_bias, outputs);
  const std::string name = linear.name + ".bias";
  if (linear.bias == Bias::kNone) return -1;
  if (linear.bias == Bias::kOptional && !has(name)) return -1;
  // Rows of the matrix are elements of the bias.
  View view = linear.view;
  view.transposed = false;
  view.add = 0;
  view.factor = 1;
  view.inner.clear();
  view.columns.clear();
  return vector(name, outputs, view);
}

int32_t Weights::plain(const std::string& name, uint32_t n) {
  return add(name, Layout::Plain, {n});
}

int32_t Weights::table(const std::string& name, uint32_t rows, uint32_t columns) {
  return add(name, Layout::Plain, {rows, columns});
}

int32_t Weights::positions(const PositionsSpec& spec, uint32_t count, uint32_t width) {
  if (spec.from != spec.to) return stretched_positions(spec, width);
  if (spec.repeats > 1) return repeated_positions(spec, width);
  const uint32_t rows = spec.rows > 0 ? spec.rows : count;
  const View view = {.rows = rows, .first = spec.first};
  if (spec.added.empty()) return add(spec.tensor, Layout::Plain, {count, width}, view);
  const std::string table = stored(spec.tensor), added = stored(spec.added);
  check_shape(table, {rows, width});
  check_shape(added, {spec.added_rows, width});
  used_.insert({table, added});
  const auto row = std::make_shared<std::vector<float>>(width);
  checkpoint_.read(added, 0, *row);
  const uint64_t start = uint64_t{spec.first} * width;
  // The checkpoint outlives the graph.
  const auto sum = [this_checkpoint = &checkpoint_, table, row, start](uint64_t first,
                                                                       std::span<float> out) {
    this_checkpoint->read(table, start + first, out);
    for (size_t i = 0; i < out.size(); ++i) out[i] += (*row)[(first + i) % row->size()];
  };
  return generated(spec.tensor + " + " + spec.added, count, width, sum);
}

int32_t Weights::repeated_positions(const PositionsSpec& spec, uint32_t width) {
  const std::string table = stored(spec.tensor);
  check_shape(table, {spec.rows, width});
  used_.insert(table);
  const uint64_t size = uint64_t{spec.rows} * width;
  const auto repeat = [this_checkpoint = &checkpoint_, table, size](uint64_t first,
                                                                    std::span<float> out) {
    while (!out.empty()) {
      const uint64_t at = first % size, count = std::min<uint64_t>(size - at, out.size());
      this_checkpoint->read(table, at, out.first(count));
      out = out.subspan(count);
      first += count;
    }
  };
  return generated(spec.tensor + " repeated", spec.rows * spec.repeats, width, repeat);
}

bool Weights::implied_by(const std::string& name, const std::string& other) {
  if (!has(name)) return true;
  if (!same_numbers(checkpoint_, stored(name), stored(other))) return false;
  used_.insert(stored(name));
  return true;
}

void Weights::expect_implied(const std::string& suffix,
                             const std::vector<std::vector<double>>& choices, const char* key) {
  for (const auto& entry : checkpoint_.tensors) {
    const std::string& name = entry.first;  // clang 14 captures no part of a binding
    if (!name.ends_with(suffix)) continue;
    const bool right = std::any_of(choices.begin(), choices.end(), [&](const auto& numbers) {
      return holds_numbers(checkpoint_, name, numbers);
    });
    if (!right) {
      fail("{}: tensor {} holds other numbers than those of the config's {}; one of them is wrong",
           checkpoint_.path, name, key);
    }
    used_.insert(name);
  }
}

void Weights::ignore_prefix(const std::string& prefix) {
  const std::string start = stored(prefix);
  for (const auto& [name, tensor] : checkpoint_.tensors) {
    if (name.starts_with(start)) used_.insert(name);
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
