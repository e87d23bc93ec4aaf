#include "tests/runtime/operators/case.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tests/runtime/random_models/codes.h"

namespace fovea::test {

Doubles as_read(const Doubles& x, size_t k, schema::DType type) {
  if (!is_codes(type)) return x;
  Doubles result;
  for (size_t row = 0; row < x.size(); row += k) {
    float largest = 0;
    for (size_t i = 0; i < k; ++i) {
      largest = std::max(largest, std::abs(static_cast<float>(x[row + i])));
    }
    const float factor = largest > 0 ? 127.0f / largest : 0, unit = largest / 127.0f;
    for (size_t i = 0; i < k; ++i) {
      const float scaled = static_cast<float>(x[row + i]) * factor;
      result.push_back(double{unit} * std::nearbyint(scaled));
    }
  }
  return result;
}

Case::Case(std::string about) : what(std::move(about)) {
  model.format = kFormatVersion;
  model.arithmetic_revision = kernels::kArithmeticRevision;
  model.sequences = kCaseBatch;
  for (const auto& [name, max] :
       {std::pair("batch", kCaseBatch), std::pair("tokens", kCaseTokens)}) {
    auto dim = std::make_unique<schema::DimT>();
    dim->name = name;
    dim->max = max;
    model.dims.push_back(std::move(dim));
  }
  model.methods.push_back(std::make_unique<schema::MethodT>());
  method().name = "run";
}

int32_t Case::tensor(std::vector<uint32_t> extents, std::vector<int32_t> dims, schema::DType type) {
  auto t = std::make_unique<schema::TensorT>();
  t->name = "tensor " + std::to_string(method().tensors.size());
  t->dtype = type;
  t->extents = std::move(extents);
  t->dims = std::move(dims);
  method().tensors.push_back(std::move(t));
  return static_cast<int32_t>(method().tensors.size() - 1);
}

int32_t Case::input(std::vector<uint32_t> extents, std::vector<int32_t> dims, schema::DType type) {
  const int32_t x = tensor(std::move(extents), std::move(dims), type);
  method().inputs.push_back(static_cast<uint32_t>(x));
  return x;
}

int32_t Case::numbers(std::vector<uint32_t> extents, std::vector<int32_t> dims) {
  return input(std::move(extents), std::move(dims), schema::DType::Int32);
}

void Case::pack() {
  method().lengths = numbers({1}, {0});
  method().packed = 1;
}

int32_t Case::copy(std::vector<uint32_t> extents, std::vector<int32_t> dims) {
  const int32_t x = input(extents, dims, schema::DType::Float32);
  const int32_t y = tensor(std::move(extents), std::move(dims));
  op(schema::ActivationT(), {x}, {y});
  return y;
}

int32_t Case::add_weight(schema::WeightT weight) {
  auto w = std::make_unique<schema::WeightT>(std::move(weight));
  w->name = "weight " + std::to_string(model.weights.size());
  w->offset = weights.size() * sizeof(float);
  w->size =
      weight_bytes(w->layout, w->shape.data(), static_cast<uint32_t>(w->shape.size()), w->dtype)
          .value();
  for (uint64_t i = 0; i < w->size / sizeof(float); ++i) weights.push_back(random_.real());
  while (weights.size() % 16 != 0) weights.push_back(0.0f);
  model.weights.push_back(std::move(w));
  return static_cast<int32_t>(model.weights.size() - 1);
}

int32_t Case::weight(schema::Layout layout, std::vector<uint32_t> shape) {
  schema::WeightT w;
  w.layout = layout;
  w.shape = std::move(shape);
  return add_weight(std::move(w));
}

int32_t Case::codes(schema::Layout layout, std::vector<uint32_t> shape, schema::DType type) {
  schema::WeightT w;
  w.layout = layout;
  w.shape = std::move(shape);
  w.dtype = type;
  const int32_t made = add_weight(std::move(w));
  fill_code_panels(*model.weights[static_cast<size_t>(made)], weights.data(), random_);
  return made;
}

int32_t Case::matrix(schema::Layout layout, std::vector<uint32_t> shape, schema::DType type) {
  return is_codes(type) ? codes(layout, std::move(shape), type) : weight(layout, std::move(shape));
}

int32_t Case::quantized(int32_t x, uint32_t width, schema::DType type) {
  const bool groups = is_in_groups(type);
  const auto words = static_cast<uint32_t>(groups ? kernels::group_row_words(width)
                                                  : kernels::code_row_words(width));
  const int32_t y = tensor(shape_of_rows(words), dims_of_rows(), schema::DType::Int32);
  groups ? op(schema::QuantizeGroupsT(), {x}, {y}) : op(schema::QuantizeT(), {x}, {y});
  return y;
}

Doubles Case::numbers_of(size_t index) const {
  const schema::WeightT& w = *model.weights[index];
  const float* packed = &weights[w.offset / sizeof(float)];
  if (is_codes(w.dtype)) return numbers_of_codes(w, packed);
  if (w.layout == schema::Layout::Plain) return to_doubles(packed, w.size / sizeof(float));
  // Panels of 16 outputs, those of the matrices of a group in turn, and so for each expert.
  const Matrices m = matrices_of(w.layout, w.shape.data(), static_cast<uint32_t>(w.shape.size()));
  const size_t k = static_cast<size_t>(m.k.value()), group = m.group;
  Doubles numbers;
  for (size_t e = 0; e < m.experts; ++e) {
    const float* packed_expert = packed + e * (w.size / sizeof(float) / m.experts);
    for (size_t matrix = 0; matrix < group; ++matrix) {
      for (size_t output = 0; output < m.outputs; ++output) {
        for (size_t i = 0; i < k; ++i) {
          const size_t row = (output / 16 * group + matrix) * k + i;
          numbers.push_back(packed_expert[row * 16 + output % 16]);
        }
      }
    }
  }
  return numbers;
}

void Case::add_cache() {
  auto cache = std::make_unique<schema::CacheT>();
  cache->name = "cache";
  cache->context = kCaseTokens;
  cache->capacity = static_cast<uint32_t>(round_up(kCaseTokens, 16));
  model.caches.push_back(std::move(cache));
}

int32_t Case::state(schema::StateLayout layout, uint32_t heads, uint32_t width,
                    schema::DType type) {
  auto state = std::make_unique<schema::StateT>();
  state->dtype = type;
  state->layout = layout;
  state->heads = heads;
  state->width = width;
  model.states.push_back(std::move(state));
  return static_cast<int32_t>(model.states.size() - 1);
}

int32_t Case::add_derived(schema::DimT dim) {
  dim.x = 1;
  model.dims.push_back(std::make_unique<schema::DimT>(std::move(dim)));
  return static_cast<int32_t>(model.dims.size() - 1);
}

int32_t Case::add_key_blocks() {
  schema::DimT dim;
  dim.name = "blocks";
  dim.max = (kCaseTokens + 15 * kCaseBatch) / 16;
  dim.y = 0;
  dim.b = 15;
  dim.d = 16;
  return add_derived(dim);
}

int32_t Case::add_successor() {
  schema::DimT dim;
  dim.name = "tokens and one";
  dim.max = kCaseTokens + 1;
  dim.c = 1;
  return add_derived(dim);
}

int32_t Case::add_windows(int32_t c, uint32_t d) {
  schema::DimT dim;
  dim.name = "windows";
  dim.max = static_cast<uint32_t>(static_cast<int32_t>(kCaseTokens) + c) / d;
  dim.c = c;
  dim.d = d;
  return add_derived(dim);
}

void Case::add_update() {
  auto update = std::make_unique<schema::CacheUpdateT>();
  update->dim = 1;
  method().updates.push_back(std::move(update));
}

}  // namespace fovea::test
