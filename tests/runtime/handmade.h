// Models of a few operators, made by hand for one test each.

#ifndef FOVEA_TESTS_RUNTIME_HANDMADE_H_
#define FOVEA_TESTS_RUNTIME_HANDMADE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/layout.h"
#include "runtime/preamble.h"
#include "tests/support/tiny_session.h"

namespace fovea::test {

// One method "run", unless more are made. Every tensor has memory of its own for the whole run.
struct Handmade {
  Handmade() {
    model.format = kFormatVersion;
    model.arithmetic_revision = kernels::kArithmeticRevision;
    method.name = "run";
  }

  int32_t dim(const char* name, uint32_t max) {
    model.dims.push_back(std::make_unique<schema::DimT>());
    model.dims.back()->name = name;
    model.dims.back()->max = max;
    return static_cast<int32_t>(model.dims.size() - 1);
  }

  // floor((a * x + b * y + c) / d), at the maxima, too.
  int32_t derived(const char* name, int32_t x, uint32_t a, int32_t y, uint32_t b, int32_t c,
                  uint32_t d) {
    const auto max = [&](int32_t i) {
      return i < 0 ? 0u : model.dims[static_cast<size_t>(i)]->max;
    };
    const int32_t made =
        dim(name, static_cast<uint32_t>((int64_t{a} * max(x) + int64_t{b} * max(y) + c) / d));
    schema::DimT& t = *model.dims.back();
    t.x = x;
    t.a = a;
    t.y = y;
    t.b = b;
    t.c = c;
    t.d = d;
    return made;
  }

  // What the next caches keep.
  schema::DType cache_type = schema::DType::Float32;
  // A cache with its keys (state 0 of it) and values. With a ring it has `first` slots before it.
  void cache(uint32_t context, uint32_t heads, uint32_t key_width, uint32_t value_width,
             uint32_t ring = 0, uint32_t first = 0) {
    model.caches.push_back(std::make_unique<schema::CacheT>());
    model.caches.back()->name = "kv";
    model.caches.back()->context = context;
    model.caches.back()->ring = ring;
    model.caches.back()->capacity =
        ring == 0 ? static_cast<uint32_t>(round_up(context, 16)) : first + ring;
    states(heads, key_width, value_width);
  }

  // Keys and values more, in the last cache.
  void states(uint32_t heads, uint32_t key_width, uint32_t value_width) {
    const auto index = static_cast<uint32_t>(model.caches.size() - 1);
    for (const bool values : {false, true}) {
      auto state = std::make_unique<schema::StateT>();
      state->name = values ? "v" : "k";
      state->layout = values ? schema::StateLayout::Values : schema::StateLayout::Keys16;
      state->dtype = cache_type;
      state->cache = index;
      state->heads = heads;
      state->width = values ? value_width : key_width;
      state->offset = states_end_;
      states_end_ += state_bytes(model.sequences, model.caches.back()->capacity, cache_type, heads,
                                 state->width)
                         .value();
      model.states.push_back(std::move(state));
    }
  }

  int32_t tensor(const char* name, std::vector<uint32_t> extents, std::vector<int32_t> dims = {},
                 schema::DType dtype = schema::DType::Float32) {
    auto t = std::make_unique<schema::TensorT>();
    t->name = name;
    t->dtype = dtype;
    dims.resize(extents.size(), -1);
    uint64_t bytes = sizeof(float);
    for (size_t i = 0; i < extents.size(); ++i) {
      bytes *= extents[i];
      if (dims[i] >= 0) bytes *= model.dims[static_cast<size_t>(dims[i])]->max;
    }
    t->offset = planned_end_;
    planned_end_ += round_up(bytes, 64);
    t->extents = std::move(extents);
    t->dims = std::move(dims);
    method.tensors.push_back(std::move(t));
    return static_cast<int32_t>(method.tensors.size() - 1);
  }
  int32_t input(const char* name, std::vector<uint32_t> extents, std::vector<int32_t> dims = {},
                schema::DType dtype = schema::DType::Float32) {
    const int32_t index = tensor(name, std::move(extents), std::move(dims), dtype);
    method.inputs.push_back(static_cast<uint32_t>(index));
    return index;
  }

  int32_t weight(schema::Layout layout, std::vector<uint32_t> shape) {
    auto w = std::make_unique<schema::WeightT>();
    w->layout = layout;
    w->offset = weights.size() * sizeof(float);
    w->size = weight_bytes(layout, shape.data(), static_cast<uint32_t>(shape.size())).value();
    w->shape = std::move(shape);
    weights.resize(weights.size() + round_up(w->size, 64) / sizeof(float), 0.5f);
    model.weights.push_back(std::move(w));
    return static_cast<int32_t>(model.weights.size() - 1);
  }

  template <class T>
  void op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
          std::vector<int32_t> op_weights = {}, std::vector<int32_t> states = {}) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(op_weights);
    o->states = std::move(states);
    method.operators.push_back(std::move(o));
  }

  void update(schema::UpdateMode mode, int32_t dim_index) {
    auto u = std::make_unique<schema::CacheUpdateT>();
    u->mode = mode;
    u->dim = static_cast<uint32_t>(dim_index);
    method.updates.push_back(std::move(u));
  }

  // Ends the method; what is added after it belongs to another one.
  void finish(const std::vector<int32_t>& outputs) {
    method.outputs.assign(outputs.begin(), outputs.end());
    for (auto& t : method.tensors) {
      t->last = static_cast<uint32_t>(method.operators.size() - 1);
    }
    for (size_t i = method.operators.size(); i-- > 0;) {
      for (const int32_t t : method.operators[i]->outputs) {
        method.tensors[static_cast<size_t>(t)]->first = static_cast<uint32_t>(i);
      }
    }
    for (const uint32_t t : method.inputs) method.tensors[t]->first = 0;
    model.methods.push_back(std::make_unique<schema::MethodT>(std::move(method)));
    method = {};
  }

  // The file. `output` is what the last method gives.
  Image image(int32_t output) {
    finish({output});
    return make_image(model, weights);
  }

  schema::ModelT model;
  schema::MethodT method;
  std::vector<float> weights;

 private:
  uint64_t planned_end_ = 0, states_end_ = 0;
};

// A session of such a model, its memory full of NaN.
struct HandmadeSession {
  explicit HandmadeSession(Image file) : image(std::move(file)) {
    fovea_error error;
    REQUIRE_MESSAGE(fovea_open(image.span(), {}, &model, &error) == FOVEA_OK, sentence(error));
    arena = Image(fovea_arena(&model, 1).total);
    std::memset(arena.data(), 0xFF, arena.size());
    REQUIRE(fovea_bind(&model, {{arena.data(), arena.size()}, {}, {}}, nullptr, &session, &error) ==
            FOVEA_OK);
  }

  template <class T>
  void fill(const char* name, T value) const {
    fovea_tensor tensor;
    REQUIRE(fovea_input(session, 0, name, &tensor, nullptr) == FOVEA_OK);
    for (uint64_t i = 0; i < tensor.bytes / sizeof value; ++i)
      static_cast<T*>(tensor.data)[i] = value;
  }
  void set_dim(uint32_t dim, uint32_t value) const {
    REQUIRE(fovea_set_dim(session, dim, value, nullptr) == FOVEA_OK);
  }

  Image image, arena;
  fovea_model model;
  fovea_session* session = nullptr;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_HANDMADE_H_
