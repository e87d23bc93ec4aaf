// Weights that are made of several tensors, of a part of one, or of none.

#include <algorithm>
#include <cmath>
#include <utility>

#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

using schema::Layout;

// T5's bucket of a key at this distance from the query (Raffel et al. 2020): half of them for keys
// on either side, or all for those behind, of these half for a distance each.
uint32_t bucket_of(int64_t distance, const BucketsSpec& spec) {
  const uint32_t side = spec.behind ? spec.buckets : spec.buckets / 2, exact = side / 2;
  if (spec.behind && distance > 0) return 0;
  const uint32_t first = distance > 0 ? side : 0;
  const uint64_t far = static_cast<uint64_t>(distance < 0 ? -distance : distance);
  if (far < exact) return first + static_cast<uint32_t>(far);
  // In f32 as where these models were trained: at a bucket's edge a rounding decides.
  const float share = std::log(static_cast<float>(far) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(spec.farthest) / exact));
  const uint32_t more = static_cast<uint32_t>(share * static_cast<float>(side - exact));
  return first + std::min(exact + more, side - 1);
}

}  // namespace

int32_t Weights::flattened(const std::string& name, uint32_t rows, uint32_t columns) {
  const std::string tensor = stored(name);
  check_shape(tensor, {rows, columns});
  used_.insert(tensor);
  schema::WeightT weight;
  weight.name = name;
  weight.layout = Layout::Row16;
  weight.shape = {rows * columns};
  return add_weight(graph_, std::move(weight), {{{rows * columns, tensor, {}, {}, {}}}});
}

int32_t Weights::joined(const std::string& prefix, const std::string& suffix, uint32_t count,
                        uint32_t n) {
  Source source;
  for (uint32_t i = 0; i < count; ++i) {
    const std::string tensor = stored(prefix + std::to_string(i) + suffix);
    check_shape(tensor, {n});
    used_.insert(tensor);
    source.parts.push_back({n, tensor, {}, {}, {}});
  }
  schema::WeightT weight;
  weight.name = prefix + "*" + suffix;
  weight.layout = Layout::Row16;
  weight.shape = {count * n};
  return add_weight(graph_, std::move(weight), std::move(source));
}

int32_t Weights::distances(const BucketsSpec& spec, uint32_t heads) {
  const std::string name = spec.name + ".weight", tensor = stored(name);
  check_shape(tensor, {spec.buckets, heads});
  used_.insert(tensor);
  std::vector<float> table(size_t{spec.buckets} * heads), values;
  checkpoint_.read(tensor, 0, table);
  const int64_t reach = spec.farthest;
  for (uint32_t head = 0; head < heads; ++head) {
    for (int64_t d = -reach; d <= reach; ++d) {
      values.push_back(table[size_t{bucket_of(d, spec)} * heads + head]);
    }
  }
  return constants(name + " by distance", {heads, 2 * spec.farthest + 1}, std::move(values));
}

int32_t Weights::constants(const std::string& name, std::vector<uint32_t> shape,
                           std::vector<float> values, Layout layout) {
  schema::WeightT weight;
  weight.name = name;
  weight.layout = layout;
  // Numbers of rows in Row16 are outputs, whichever row they are in.
  const auto outputs = layout == Layout::Row16 ? static_cast<uint32_t>(values.size()) : shape[0];
  weight.shape = std::move(shape);
  return add_weight(graph_, std::move(weight), {{{outputs, {}, std::move(values)}}});
}

int32_t Weights::all(const char* word, uint32_t n, float value) {
  return constants(std::string(word) + "." + std::to_string(n), {n}, std::vector<float>(n, value),
                   Layout::Row16);
}

std::vector<float> Weights::numbers(const std::string& name, uint32_t n) {
  check_shape(stored(name), {n});
  used_.insert(stored(name));
  std::vector<float> values(n);
  checkpoint_.read(stored(name), 0, values);
  return values;
}

int32_t Weights::generated(const std::string& name, uint32_t rows, uint32_t columns,
                           Generator generate) {
  schema::WeightT weight;
  weight.name = name;
  weight.layout = Layout::Plain;
  weight.shape = {rows, columns};
  return add_weight(graph_, std::move(weight), {{{rows, {}, {}, std::move(generate)}}});
}

}  // namespace fovea::tools
