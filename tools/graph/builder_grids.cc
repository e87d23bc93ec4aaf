// Of images, and of tokens that are a grid.

#include <utility>

#include "tools/graph/builder.h"

namespace fovea::tools {

using schema::DType;

int32_t MethodBuilder::patch_rows(const schema::PatchesT& attributes) {
  const uint32_t side = attributes.patch;
  const uint32_t count = (attributes.height / side) * (attributes.width / side);
  return tensor(DType::Float32, rows({count}, side * side * attributes.channels));
}

int32_t MethodBuilder::patches(int32_t image, const schema::PatchesT& attributes) {
  const int32_t y = patch_rows(attributes);
  append(attributes, {image}, {y}, {});
  return y;
}

int32_t MethodBuilder::pixel_patches(int32_t image, const schema::PatchesT& attributes,
                                     int32_t scales, int32_t offsets) {
  const int32_t y = patch_rows(attributes);
  schema::PixelPatchesT pixels;
  pixels.height = attributes.height;
  pixels.width = attributes.width;
  pixels.channels = attributes.channels;
  pixels.patch = attributes.patch;
  append(pixels, {image}, {y}, {scales, offsets});
  return y;
}

namespace {

uint32_t count_windows(const schema::WindowsT& a) {
  return ((a.lines + a.high - 1) / a.high) * ((a.columns + a.wide - 1) / a.wide);
}

}  // namespace

int32_t MethodBuilder::windows(int32_t x, const schema::WindowsT& a) {
  const Extent sequences = {count_windows(a), batch_dim_};
  const int32_t y =
      tensor(DType::Float32, {sequences, {a.high * a.wide}, {extent_from_end(x, 0).count}});
  append(a, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::join_windows(int32_t x, schema::WindowsT a) {
  a.joins = true;
  const int32_t y =
      tensor(DType::Float32, rows({a.lines * a.columns}, extent_from_end(x, 0).count));
  append(a, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::pool_windows(int32_t x, schema::PoolKind kind, const schema::WindowsT& a) {
  const int32_t cut = windows(x, a);
  const int32_t y = tensor(DType::Float32, rows({count_windows(a)}, extent_from_end(x, 0).count));
  schema::PoolT attributes;
  attributes.kind = kind;
  append(attributes, {cut}, {y}, {});
  return y;
}

int32_t MethodBuilder::merge_windows(int32_t x, const schema::WindowsT& a) {
  const uint32_t width = a.high * a.wide * extent_from_end(x, 0).count;
  const int32_t y = tensor(DType::Float32, rows({count_windows(a)}, width));
  append(a, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::tiles(int32_t x, const schema::TilesT& a) {
  const uint32_t along = (a.lines - a.first - a.high) / a.down + 1;
  const uint32_t across = (extent_from_end(x, 0).count - a.wide) / a.right + 1;
  const int32_t y = tensor(DType::Float32, rows({along * across}, a.high * a.wide));
  append(a, {x}, {y}, {});
  return y;
}

namespace {

// Tokens of what windows make.
Extent made_of(const schema::GridWindowsT& w) {
  const uint32_t lines = w.above + w.lines + w.below - w.apart_down * (w.high - 1) - 1;
  const uint32_t columns = w.before + w.columns + w.after - w.apart_right * (w.wide - 1) - 1;
  return {(lines / w.down + 1) * (columns / w.right + 1)};
}

}  // namespace

int32_t MethodBuilder::grid_convolution(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs,
                                        schema::GridConvolutionT a) {
  const int32_t y = tensor(DType::Float32, rows(made_of(*a.windows), outputs));
  auto& op = append(std::move(a), {x}, {y}, {matrix});
  if (bias >= 0) op.weights.push_back(bias);
  return y;
}

int32_t MethodBuilder::depthwise_convolution(int32_t x, int32_t taps, int32_t bias,
                                             schema::DepthwiseConvolutionT a) {
  const uint32_t width = extent_from_end(x, 0).count;
  const int32_t y = tensor(DType::Float32, rows(made_of(*a.windows), width));
  auto& op = append(std::move(a), {x}, {y}, {taps});
  if (bias >= 0) op.weights.push_back(bias);
  return y;
}

int32_t MethodBuilder::resize_grid(int32_t x, const schema::ResizeGridT& a) {
  const int32_t y =
      tensor(DType::Float32, rows({a.made_lines * a.made_columns}, extent_from_end(x, 0).count));
  append(a, {x}, {y}, {});
  return y;
}

}  // namespace fovea::tools
