#include "tests/support/tiny_model.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string>

#include "runtime/layout.h"
#include "runtime/measure.h"
#include "runtime/preamble.h"

namespace fovea::test {
namespace {

constexpr uint32_t kWidth = 24, kHeads = 4, kKvHeads = 2, kHeadWidth = 6, kFfn = 20;

class Builder {
 public:
  Builder() {
    model_.format = kFormatVersion;
    model_.arithmetic_revision = kernels::kArithmeticRevision;
    model_.sequences = kTinyBatch;
    add_dim("batch", kTinyBatch);
    add_dim("tokens", kTinyTokens);
    auto cache = std::make_unique<schema::CacheT>();
    cache->name = "kv";
    cache->context = kTinyContext;
    cache->capacity = static_cast<uint32_t>(round_up(kTinyContext, 16));
    model_.caches.push_back(std::move(cache));
    add_state("k", schema::StateLayout::Keys16);
    add_state("v", schema::StateLayout::Values);
    add_weights();
    add_method("forward", false);
    add_method("next", true);
  }

  schema::ModelT& model() { return model_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  void add_dim(const char* name, uint32_t max) {
    auto dim = std::make_unique<schema::DimT>();
    dim->name = name;
    dim->max = max;
    model_.dims.push_back(std::move(dim));
  }

  void add_state(const char* name, schema::StateLayout layout) {
    auto state = std::make_unique<schema::StateT>();
    state->name = name;
    state->layout = layout;
    state->heads = kKvHeads;
    state->width = kHeadWidth;
    const auto& cache = *model_.caches[0];
    state->offset =
        model_.states.size() *
        state_bytes(model_.sequences, cache.capacity, state->dtype, kKvHeads, kHeadWidth).value();
    model_.states.push_back(std::move(state));
  }

  float next_random() {
    seed_ = seed_ * 1664525u + 1013904223u;
    return static_cast<float>(static_cast<int32_t>(seed_ >> 8) - (1 << 23)) / (1 << 23);
  }

  // Random values, in padding too: outputs that depend on it would show.
  void add_weight(const char* name, schema::Layout layout, std::vector<uint32_t> shape) {
    auto weight = std::make_unique<schema::WeightT>();
    weight->name = name;
    weight->layout = layout;
    weight->offset = weights_.size() * sizeof(float);
    weight->size = weight_bytes(layout, shape.data(), static_cast<uint32_t>(shape.size())).value();
    weight->shape = std::move(shape);
    for (uint64_t i = 0; i < weight->size / sizeof(float); ++i) {
      weights_.push_back(0.3f * next_random());
    }
    while (weights_.size() % 16 != 0) weights_.push_back(0.0f);
    model_.weights.push_back(std::move(weight));
  }

  void add_weights() {
    const uint32_t qkv = (kHeads + 2 * kKvHeads) * kHeadWidth;
    add_weight("embedding", schema::Layout::Panels16, {kTinyVocabulary, kWidth});
    add_weight("positions", schema::Layout::Plain, {kTinyContext, kWidth});
    add_weight("norm", schema::Layout::Row16, {kWidth});
    add_weight("qkv", schema::Layout::Panels16, {qkv, kWidth});
    add_weight("frequencies", schema::Layout::Plain, {kHeadWidth / 2});
    add_weight("output", schema::Layout::Panels16, {kWidth, kHeads * kHeadWidth});
    add_weight("gate_up", schema::Layout::GatedPanels16, {2, kFfn, kWidth});
    add_weight("down", schema::Layout::Panels16, {kWidth, kFfn});
    add_weight("bias", schema::Layout::Row16, {kWidth});
  }

  // Lifetimes are filled in when the operators are known; every tensor has memory of its own.
  int32_t add_tensor(const char* name, std::vector<uint32_t> extents, std::vector<int32_t> dims,
                     schema::DType dtype = schema::DType::Float32) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = name;
    tensor->dtype = dtype;
    uint64_t bytes = sizeof(float);
    for (size_t i = 0; i < extents.size(); ++i) {
      bytes *= extents[i];
      if (dims[i] >= 0) bytes *= model_.dims[static_cast<size_t>(dims[i])]->max;
    }
    tensor->offset = offset_;
    offset_ += round_up(bytes, 64);
    tensor->extents = std::move(extents);
    tensor->dims = std::move(dims);
    method_->tensors.push_back(std::move(tensor));
    return static_cast<int32_t>(method_->tensors.size() - 1);
  }

  int32_t activation(const char* name, uint32_t width) {
    return add_tensor(name, {1, width}, {1, -1});
  }

  int32_t view(const char* name, int32_t base, uint32_t column, uint32_t width) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = name;
    tensor->extents = {1, width};
    tensor->dims = {1, -1};
    tensor->storage = schema::Storage::View;
    tensor->base = base;
    tensor->column = column;
    method_->tensors.push_back(std::move(tensor));
    return static_cast<int32_t>(method_->tensors.size() - 1);
  }

  template <class T>
  void op(T attributes, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
          std::vector<int32_t> weights = {}, std::vector<int32_t> states = {}) {
    auto o = std::make_unique<schema::OperatorT>();
    o->attributes.Set(std::move(attributes));
    o->inputs = std::move(inputs);
    o->outputs = std::move(outputs);
    o->weights = std::move(weights);
    o->states = std::move(states);
    method_->operators.push_back(std::move(o));
  }

  void add_method(const char* name, bool last_only) {
    method_ = std::make_unique<schema::MethodT>();
    method_->name = name;
    offset_ = 0;
    const int32_t tokens = add_tensor("tokens", {1}, {1}, schema::DType::Int32);
    const int32_t lengths = add_tensor("lengths", {1}, {0}, schema::DType::Int32);
    const int32_t x = activation("x", kWidth);
    const int32_t h = activation("h", kWidth);
    const int32_t qkv = activation("qkv", (kHeads + 2 * kKvHeads) * kHeadWidth);
    const int32_t attended = activation("attended", kHeads * kHeadWidth);
    const int32_t gated = activation("gated", kFfn);
    const int32_t angles = activation("angles", kHeadWidth);
    const int32_t q = view("q", qkv, 0, kHeads * kHeadWidth);
    const int32_t k = view("k", qkv, kHeads * kHeadWidth, kKvHeads * kHeadWidth);
    const int32_t v = view("v", qkv, (kHeads + kKvHeads) * kHeadWidth, kKvHeads * kHeadWidth);
    method_->inputs = {static_cast<uint32_t>(tokens), static_cast<uint32_t>(lengths)};
    method_->lengths = lengths;
    method_->packed = 1;

    op(schema::EmbeddingT(), {tokens}, {x}, {0});
    schema::AddPositionsT positions;
    positions.cache = 0;
    op(positions, {x}, {x}, {1});
    norm(x, h);
    op(schema::LinearT(), {h}, {qkv}, {3});
    schema::RotaryTableT table;
    table.cache = 0;
    op(table, {}, {angles}, {4});
    rotary(q, angles, kHeads);
    rotary(k, angles, kKvHeads);
    schema::StoreKeyValueT store;
    store.heads = kKvHeads;
    store.key_width = store.value_width = kHeadWidth;
    op(store, {k, v}, {}, {}, {0, 1});
    schema::AttentionT attention;
    attention.heads = kHeads;
    attention.kv_heads = kKvHeads;
    attention.key_width = attention.value_width = kHeadWidth;
    attention.causal = true;
    attention.scale = 0.4f;
    op(attention, {q, -1, -1}, {attended}, {}, {0, 1});
    op(schema::LinearT(), {attended, x}, {x}, {5, 8});
    norm(x, h);
    schema::GatedLinearT gate;
    gate.function = schema::Function::Silu;
    op(gate, {h}, {gated}, {6});
    op(schema::LinearT(), {gated, x}, {x}, {7});
    finish(x, last_only);
  }

  void norm(int32_t x, int32_t y) {
    schema::RmsNormT attributes;
    attributes.epsilon = 1e-5f;
    op(attributes, {x}, {y}, {2});
  }

  void rotary(int32_t x, int32_t angles, uint32_t heads) {
    schema::RotaryT attributes;
    attributes.heads = heads;
    attributes.head_width = kHeadWidth;
    op(attributes, {x, angles}, {x});
  }

  void finish(int32_t x, bool last_only) {
    int32_t logits;
    if (last_only) {
      const int32_t last = add_tensor("last", {1, kWidth}, {0, -1});
      schema::SelectTokenT select;
      select.choice = schema::TokenChoice::Last;
      op(select, {x}, {last});
      logits = add_tensor("logits", {1, kTinyVocabulary}, {0, -1});
      op(schema::LinearT(), {last}, {logits}, {0});
    } else {
      logits = activation("logits", kTinyVocabulary);
      op(schema::LinearT(), {x}, {logits}, {0});
    }
    method_->outputs = {static_cast<uint32_t>(logits)};
    auto update = std::make_unique<schema::CacheUpdateT>();
    update->dim = 1;
    method_->updates.push_back(std::move(update));
    set_lifetimes();
    model_.methods.push_back(std::move(method_));
  }

  // Inputs and whatever is not written first by an operator live throughout.
  void set_lifetimes() {
    const uint32_t last = static_cast<uint32_t>(method_->operators.size() - 1);
    for (auto& tensor : method_->tensors) tensor->last = last;
    for (size_t i = method_->operators.size(); i-- > 0;) {
      for (int32_t t : method_->operators[i]->outputs) {
        method_->tensors[static_cast<size_t>(t)]->first = static_cast<uint32_t>(i);
      }
    }
    for (uint32_t t : method_->inputs) method_->tensors[t]->first = 0;
  }

  schema::ModelT model_;
  std::unique_ptr<schema::MethodT> method_;
  std::vector<float> weights_;
  uint64_t offset_ = 0;
  uint32_t seed_ = 7;
};

flatbuffers::DetachedBuffer serialise(const schema::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Model::Pack(builder, &model), schema::ModelIdentifier());
  return builder.Release();
}

// Memory as the runtime measures it, where the tables allow measuring.
void set_memory(schema::ModelT& model) {
  model.memory = std::make_unique<schema::MemoryT>();
  const auto buffer = serialise(model);
  fovea_memory memory = {};
  if (measure(*schema::GetModel(buffer.data()), fovea_all_operators, &memory, nullptr) !=
      FOVEA_OK) {
    return;
  }
  model.memory->state = memory.state;
  model.memory->planned = memory.planned;
  model.memory->per_thread = memory.scratch;
}

}  // namespace

void keep_caches(schema::ModelT& model, schema::DType type) {
  uint64_t offset = 0;
  for (auto& state : model.states) {
    state->dtype = type;
    state->offset = offset;
    const uint32_t capacity = model.caches[state->cache]->capacity;
    // A wrong type has no size of its own.
    const schema::DType sized = is_state_type(type) ? type : schema::DType::Float32;
    offset += state_bytes(model.sequences, capacity, sized, state->heads, state->width).value();
  }
}

Image::Image(size_t size)
    : data_(static_cast<unsigned char*>(std::aligned_alloc(64, round_up(size + 1, 64)))),
      size_(size) {
  std::memset(data_.get(), 0xFF, size);
}

void Image::Free::operator()(unsigned char* p) const {
  std::free(p);
}

void clear_inputs(const fovea_model& model, fovea_session* session) {
  for (uint32_t method = 0; method < fovea_method_count(&model); ++method) {
    for (uint32_t i = 0; i < fovea_input_count(&model, method); ++i) {
      fovea_tensor info, input;
      if (fovea_input_info(&model, method, i, &info) != FOVEA_OK ||
          fovea_input(session, method, info.name, &input, nullptr) != FOVEA_OK) {
        std::abort();
      }
      std::memset(input.data, 0, static_cast<size_t>(input.bytes));
      if (std::strcmp(info.name, "lengths") != 0) continue;
      const int32_t dim = fovea_find_dim(&model, "tokens");
      *static_cast<int32_t*>(input.data) =
          static_cast<int32_t>(fovea_get_dim(session, static_cast<uint32_t>(dim)));
    }
  }
}

void fix_header_crc(Image& image) {
  auto* preamble = reinterpret_cast<Preamble*>(image.data());
  preamble->header_crc = 0;
  preamble->header_crc = fovea_crc32(0, image.data(), preamble->weights_offset);
}

Image frame(const unsigned char* header, size_t size, const std::vector<float>& weights) {
  const size_t weights_bytes = weights.size() * sizeof(float);
  Preamble preamble = {};
  preamble.magic = kMagic;
  preamble.version = kFormatVersion;
  preamble.header_offset = sizeof(Preamble);
  preamble.header_size = size;
  preamble.weights_offset = round_up(sizeof(Preamble) + size, 64);
  preamble.weights_size = weights_bytes;
  preamble.weights_crc = fovea_crc32(0, weights.data(), weights_bytes);
  Image image(preamble.weights_offset + weights_bytes);
  std::memcpy(image.data(), &preamble, sizeof preamble);
  std::memcpy(image.data() + sizeof preamble, header, size);
  std::memset(image.data() + sizeof preamble + size, 0,
              preamble.weights_offset - sizeof preamble - size);
  if (weights_bytes != 0) {
    std::memcpy(image.data() + preamble.weights_offset, weights.data(), weights_bytes);
  }
  fix_header_crc(image);
  return image;
}

Image make_image(schema::ModelT& model, const std::vector<float>& weights) {
  if (model.memory == nullptr) set_memory(model);
  const auto header = serialise(model);
  return frame(header.data(), header.size(), weights);
}

Image tiny_model(const std::function<void(schema::ModelT&)>& change) {
  Builder builder;
  if (change) change(builder.model());
  return make_image(builder.model(), builder.weights());
}

}  // namespace fovea::test
