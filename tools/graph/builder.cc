#include "tools/graph/builder.h"

#include <memory>
#include <utility>

#include "kernels/layout.h"
#include "tools/graph/dims.h"

namespace fovea::tools {

using schema::DType;

MethodBuilder::MethodBuilder(Graph& graph, std::string name, int32_t batch_dim)
    : graph_(graph), batch_dim_(batch_dim) {
  method_.name = std::move(name);
}

Shape MethodBuilder::rows(Extent tokens, uint32_t width) const {
  if (batch_dim_ < 0 || packs(tokens)) return {tokens, {width}};
  return {{1, batch_dim_}, tokens, {width}};
}

Extent MethodBuilder::extent_from_end(int32_t index, size_t i) const {
  const schema::TensorT& t = *method_.tensors[index];
  const size_t at = t.extents.size() - 1 - i;
  return {t.extents[at], t.dims[at]};
}

int32_t MethodBuilder::tensor(DType type, const Shape& shape) {
  auto made = std::make_unique<schema::TensorT>();
  made->dtype = type;
  for (const Extent& extent : shape) {
    made->extents.push_back(extent.count);
    made->dims.push_back(extent.dim);
  }
  method_.tensors.push_back(std::move(made));
  return static_cast<int32_t>(method_.tensors.size()) - 1;
}

// A new tensor with the rows of x.
int32_t MethodBuilder::like(int32_t x, uint32_t width) {
  const int32_t made = tensor(DType::Float32, {});
  method_.tensors[made]->extents = method_.tensors[x]->extents;
  method_.tensors[made]->dims = method_.tensors[x]->dims;
  method_.tensors[made]->extents.back() = width;
  return made;
}

int32_t MethodBuilder::input(const std::string& name, DType type, const Shape& shape) {
  const int32_t made = tensor(type, shape);
  method_.tensors[made]->name = name;
  method_.inputs.push_back(static_cast<uint32_t>(made));
  return made;
}

void MethodBuilder::pack(int32_t dim) {
  if (batch_dim_ < 0) return;
  method_.lengths = input("lengths", DType::Int32, {{1, batch_dim_}});
  method_.packed = static_cast<uint32_t>(dim);
}

bool MethodBuilder::packs(const Extent& rows) const {
  return method_.lengths >= 0 && rows.count == 1 &&
         rows.dim == static_cast<int32_t>(method_.packed);
}

int32_t MethodBuilder::embedding(int32_t ids, int32_t table, uint32_t width, float scale) {
  const int32_t y = tensor(DType::Float32, rows(extent_from_end(ids, 0), width));
  schema::EmbeddingT attributes;
  attributes.scale = scale;
  append(attributes, {ids}, {y}, {table});
  return y;
}

int32_t MethodBuilder::add_positions(int32_t x, int32_t table, int32_t cache) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::AddPositionsT attributes;
  attributes.cache = cache;
  append(attributes, {x}, {y}, {table});
  return y;
}

int32_t MethodBuilder::linear(int32_t x, int32_t matrix, int32_t bias, uint32_t outputs) {
  const int32_t y = like(x, outputs);
  append(schema::LinearT(), {x, -1}, {y}, {matrix, bias});
  return y;
}

int32_t MethodBuilder::activation(int32_t x, schema::Function function, float factor) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::ActivationT attributes;
  attributes.function = function;
  attributes.factor = factor;
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::binary(schema::BinaryKind kind, int32_t a, int32_t b) {
  const int32_t y = like(a, extent_from_end(a, 0).count);
  schema::BinaryT attributes;
  attributes.kind = kind;
  append(attributes, {a, b}, {y}, {});
  return y;
}

int32_t MethodBuilder::rms_norm(int32_t x, int32_t gain, float epsilon, uint32_t groups) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::RmsNormT attributes;
  attributes.epsilon = epsilon;
  attributes.groups = groups;
  append(attributes, {x}, {y}, {gain});
  return y;
}

int32_t MethodBuilder::layer_norm(int32_t x, int32_t gain, int32_t bias, float epsilon,
                                  uint32_t groups) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::LayerNormT attributes;
  attributes.epsilon = epsilon;
  attributes.groups = groups;
  append(attributes, {x}, {y}, {gain, bias});
  return y;
}

Routed MethodBuilder::route(int32_t logits, schema::RouteT attributes, uint32_t chosen) {
  attributes.experts = extent_from_end(logits, 0).count;
  const Routed made = {like(logits, chosen), like(logits, chosen)};
  method_.tensors[made.ids]->dtype = DType::Int32;
  append(attributes, {logits}, {made.weights, made.ids}, {});
  return made;
}

int32_t MethodBuilder::gated_experts(int32_t x, const Routed& routed, int32_t matrices,
                                     int32_t biases, const schema::GatedExpertsT& attributes,
                                     uint32_t outputs) {
  const int32_t y = like(x, outputs * extent_from_end(routed.ids, 0).count);
  append(attributes, {x, routed.ids}, {y}, {matrices, biases});
  return y;
}

int32_t MethodBuilder::linear_experts(int32_t x, const Routed& routed, int32_t matrix, int32_t bias,
                                      uint32_t outputs) {
  const int32_t y = like(x, outputs);
  append(schema::LinearExpertsT(), {x, routed.weights, routed.ids}, {y}, {matrix, bias});
  return y;
}

int32_t MethodBuilder::constant(int32_t weight) {
  for (const auto& op : method_.operators) {
    if (op->attributes.AsConstant() != nullptr && op->weights[0] == weight) return op->outputs[0];
  }
  const std::vector<uint32_t>& shape = graph_.model.weights[static_cast<size_t>(weight)]->shape;
  const int32_t y = tensor(DType::Float32, rows({shape[0]}, shape[1]));
  append(schema::ConstantT(), {}, {y}, {weight});
  return y;
}

int32_t MethodBuilder::clamp(int32_t x, float least, float most) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::ClampT attributes;
  attributes.least = least;
  attributes.most = most;
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::hide_token(int32_t x, int32_t ids, int32_t token, float factor) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  schema::HideTokenT attributes;
  attributes.token = token;
  attributes.factor = factor;
  append(attributes, {x, ids}, {y}, {});
  return y;
}

int32_t MethodBuilder::add_boxes(int32_t x, int32_t boxes, std::vector<int32_t> tables) {
  const int32_t y = like(x, extent_from_end(x, 0).count);
  append(schema::AddBoxesT(), {x, boxes}, {y}, std::move(tables));
  return y;
}

Extent MethodBuilder::more(const Extent& rows, uint32_t count, const char* suffix) {
  if (count == 0) return rows;
  if (rows.dim < 0) return {rows.count + count};
  schema::DimT dim;
  dim.x = rows.dim;
  dim.a = rows.count;
  dim.c = static_cast<int32_t>(count);
  return {1, derived_dim(graph_.model, std::move(dim), suffix)};
}

int32_t MethodBuilder::prepend_token(int32_t x, int32_t token) {
  const Extent made = more(extent_from_end(x, 1), 1, "_and_token");
  const int32_t y = tensor(DType::Float32, rows(made, extent_from_end(x, 0).count));
  append(schema::PrependTokenT(), {x}, {y}, {token});
  return y;
}

int32_t MethodBuilder::append_token(int32_t x, int32_t token) {
  const int32_t y = prepend_token(x, token);
  method_.operators.back()->attributes.AsPrependToken()->last = true;
  return y;
}

int32_t MethodBuilder::select_token(int32_t x, schema::TokenChoice choice, uint32_t index) {
  const int32_t y = tensor(DType::Float32, {{1, batch_dim_}, extent_from_end(x, 0)});
  schema::SelectTokenT attributes;
  attributes.choice = choice;
  attributes.index = index;
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::pool(int32_t x, schema::PoolKind kind, uint32_t first) {
  const int32_t y = tensor(DType::Float32, {{1, batch_dim_}, extent_from_end(x, 0)});
  schema::PoolT attributes;
  attributes.kind = kind;
  attributes.first = first;
  append(attributes, {x}, {y}, {});
  return y;
}

int32_t MethodBuilder::rotary_table(int32_t x, int32_t frequencies,
                                    const schema::RotaryTableT& attributes) {
  const Extent tokens = extent_from_end(x, 1);
  for (const auto& op : method_.operators) {
    const schema::RotaryTableT* made = op->attributes.AsRotaryTable();
    if (made == nullptr || op->weights[0] != frequencies) continue;
    const Extent rows = extent_from_end(op->outputs[0], 1);
    if (made->cache == attributes.cache && made->factor == attributes.factor &&
        rows.count == tokens.count && rows.dim == tokens.dim) {
      return op->outputs[0];
    }
  }
  const uint32_t pairs = graph_.model.weights[frequencies]->shape[0];
  const int32_t table = tensor(DType::Float32, rows(tokens, 2 * pairs));
  append(attributes, {}, {table}, {frequencies});
  return table;
}

void MethodBuilder::rotary(int32_t x, int32_t table, const schema::RotaryT& attributes) {
  append(attributes, {x, table}, {x}, {});
}

namespace {

schema::StoreKeyValueT store_attributes(const Heads& heads) {
  schema::StoreKeyValueT attributes;
  attributes.heads = heads.kv_count;
  attributes.key_width = heads.key_width;
  attributes.value_width = heads.value_width;
  return attributes;
}

}  // namespace

void MethodBuilder::store(int32_t keys, int32_t values, const Heads& heads,
                          const KeyValues& states) {
  append(store_attributes(heads), {keys, values}, {}, {}).states = {states.keys, states.values};
}

Extent MethodBuilder::key_blocks(const Extent& rows) {
  if (rows.dim < 0) return {kernels::panels_of(rows.count)};
  schema::DimT blocks;
  blocks.x = rows.dim;
  blocks.a = rows.count;
  blocks.d = kernels::kPanel;
  if (packs(rows)) {
    blocks.y = batch_dim_;
    blocks.b = kernels::kPanel - 1;
  } else {
    blocks.c = kernels::kPanel - 1;
  }
  return {1, derived_dim(graph_.model, std::move(blocks), "_blocks")};
}

KeyValues MethodBuilder::store(int32_t keys, int32_t values, const Heads& heads) {
  const Extent blocks = key_blocks(extent_from_end(keys, 1));
  const Extent slots = {blocks.count * kernels::kPanel, blocks.dim};
  Shape key_shape = {{heads.kv_count}, blocks, {heads.key_width}, {kernels::kPanel}};
  Shape value_shape = {{heads.kv_count}, slots, {heads.value_width}};
  if (method_.tensors[keys]->extents.size() == 3) {
    key_shape.insert(key_shape.begin(), extent_from_end(keys, 2));
    value_shape.insert(value_shape.begin(), extent_from_end(keys, 2));
  }
  const KeyValues made = {false, tensor(DType::Float32, key_shape),
                          tensor(DType::Float32, value_shape)};
  append(store_attributes(heads), {keys, values}, {made.keys, made.values}, {});
  return made;
}

int32_t MethodBuilder::attention(int32_t query, const KeyValues& stored, const Heads& heads,
                                 const Look& look) {
  const int32_t y = like(query, heads.count * heads.value_width);
  schema::AttentionT attributes;
  attributes.heads = heads.count;
  attributes.kv_heads = heads.kv_count;
  attributes.key_width = heads.key_width;
  attributes.value_width = heads.value_width;
  attributes.causal = look.causal;
  attributes.scale = look.scale;
  attributes.key_tokens = look.key_tokens;
  if (look.window > 0 || look.soft_cap > 0 || look.has_weights() || look.seen >= 0) {
    attributes.scoring = std::make_unique<schema::ScoringT>();
    attributes.scoring->soft_cap = look.soft_cap;
    attributes.scoring->pairs_of = look.pairs_of;
  }
  if (look.window > 0) {
    attributes.scoring->before = look.window - 1;
    attributes.scoring->kept = look.kept;
    if (!look.causal) attributes.scoring->after = look.window - 1;
  }
  std::vector<int32_t> weights;
  if (look.has_weights()) {
    weights = {look.slopes,        look.distances,        look.sinks,
               look.position_keys, look.position_queries, look.pairs};
    while (weights.back() < 0) weights.pop_back();
  }
  std::vector<int32_t> inputs = {query, -1, -1};
  if (!stored.states) inputs = {query, stored.keys, stored.values};
  if (look.seen >= 0) inputs.insert(inputs.end(), {-1, look.seen});
  auto& op = append(std::move(attributes), std::move(inputs), {y}, std::move(weights));
  if (stored.states) op.states = {stored.keys, stored.values};
  return y;
}

void MethodBuilder::output(int32_t index, const std::string& name) {
  method_.tensors[index]->name = name;
  method_.outputs.push_back(static_cast<uint32_t>(index));
}

void MethodBuilder::update(uint32_t cache, schema::UpdateMode mode, uint32_t dim) {
  auto update = std::make_unique<schema::CacheUpdateT>();
  update->cache = cache;
  update->mode = mode;
  update->dim = dim;
  method_.updates.push_back(std::move(update));
}

void MethodBuilder::finish() {
  graph_.model.methods.push_back(std::make_unique<schema::MethodT>(std::move(method_)));
}

}  // namespace fovea::tools
