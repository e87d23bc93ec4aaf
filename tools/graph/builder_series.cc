// Of sound and series: what looks along the tokens.

#include <memory>
#include <utility>

#include "tools/graph/builder.h"
#include "tools/graph/dims.h"

namespace fovea::tools {

using schema::DType;

int32_t MethodBuilder::inverse_group_norm(int32_t z, int32_t x, const schema::GroupNormT& of,
                                          uint32_t width) {
  const uint32_t numbers = extent_from_end(z, 1).count * extent_from_end(z, 0).count;
  const int32_t y = tensor(DType::Float32, rows({numbers / width}, width));
  schema::InverseGroupNormT attributes;
  attributes.epsilon = of.epsilon;
  attributes.groups = of.groups;
  attributes.missing = of.missing;
  attributes.flat = of.flat;
  append(attributes, {z, x}, {y}, {});
  return y;
}

MethodBuilder::Seen MethodBuilder::observed(int32_t x, uint32_t more) {
  const int32_t y = like(x, 2 * extent_from_end(x, 0).count);
  Shape mask = rows({1}, extent_from_end(x, 1).count + more);
  mask.insert(mask.end() - 2, {1});
  const int32_t seen = tensor(DType::Int32, mask);
  schema::ObservedT attributes;
  attributes.more = more;
  append(attributes, {x}, {y, seen}, {});
  return {y, seen};
}

int32_t MethodBuilder::neighbors(int32_t x, uint32_t before, uint32_t after) {
  const int32_t y = like(x, (before + 1 + after) * extent_from_end(x, 0).count);
  schema::NeighborsT attributes;
  attributes.before = before;
  attributes.after = after;
  append(attributes, {x}, {y}, {});
  return y;
}

Extent MethodBuilder::windows(const Extent& rows, uint32_t stride, int64_t more) {
  if (stride == 1 && more == 0) return rows;
  const int64_t c = more - 1 + stride;
  if (rows.dim < 0) return {static_cast<uint32_t>((rows.count + c) / stride)};
  // A whole number of windows for each unit of a dim: that dim counts them.
  const schema::DimT& counted = *graph_.model.dims[rows.dim];
  const bool derived = rows.count == 1 && counted.x >= 0 && counted.y < 0 && counted.d == 1;
  const uint32_t each = derived ? counted.a : rows.count;
  const int64_t rest = c + (derived ? counted.c : 0);
  if (each % stride == 0 && rest >= 0 && rest < stride) {
    return {each / stride, derived ? counted.x : rows.dim};
  }
  schema::DimT dim;
  dim.x = rows.dim;
  dim.a = rows.count;
  dim.c = static_cast<int32_t>(c);
  dim.d = stride;
  return {1, derived_dim(graph_.model, std::move(dim), "_windows")};
}

int32_t MethodBuilder::convolution(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs,
                                   const schema::ConvolutionT& a) {
  const int64_t more = int64_t{a.before} + a.after - int64_t{a.dilation} * (a.taps - 1);
  const Extent made = windows(extent_from_end(x, 1), a.stride, more);
  const int32_t y = tensor(DType::Float32, rows(made, outputs));
  auto& op = append(a, {x}, {y}, {matrix});
  if (bias >= 0) op.weights.push_back(bias);
  return y;
}

int32_t MethodBuilder::spectrum(int32_t x, const schema::SpectrumT& a, int32_t window,
                                int32_t roots, uint32_t bins) {
  const int64_t more = int64_t{a.before} + a.after - (int64_t{a.frame} - 1);
  const Extent frames = windows(extent_from_end(x, 1), a.stride, more);
  const int32_t y = tensor(DType::Float32, rows(frames, bins));
  append(a, {x}, {y}, {window, roots});
  return y;
}

int32_t MethodBuilder::filters(int32_t x, const schema::FiltersT& attributes, int32_t weights) {
  const int32_t y = like(x, static_cast<uint32_t>(attributes.firsts.size()));
  append(attributes, {x}, {y}, {weights});
  return y;
}

int32_t MethodBuilder::logarithm(int32_t x, const schema::LogarithmT& attributes) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::dynamic_range(int32_t x, const schema::DynamicRangeT& attributes) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::group_norm(int32_t x, int32_t gain, int32_t bias,
                                  const schema::GroupNormT& attributes) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  append(attributes, {x}, {y}, {gain, bias});
  return y;
}

int32_t MethodBuilder::history(int32_t x, int32_t state, const schema::HistoryT& a) {
  const Extent all = more(extent_from_end(x, 1), a.before, "_and_earlier");
  const Extent made = a.rows > 0 ? Extent{a.rows} : all;
  const int32_t y = tensor(DType::Float32, rows(made, extent_from_end(x, 0).count));
  append(a, {x}, {y}, {}).states = {state};
  return y;
}

}  // namespace fovea::tools
