#include "tools/import/tower.h"

#include "tools/import/positions.h"

namespace fovea::tools {

using schema::DType;

// Tokens that are counted are packed.
int32_t TowerBuilder::input(DType type, Shape shape) {
  if (room_.batch >= 0 && room_.dim < 0) shape.insert(shape.begin(), {1, room_.batch});
  const int32_t made = method_.input(tower_.embedding.input, type, shape);
  if (room_.dim >= 0) method_.pack(room_.dim);
  return made;
}

int32_t TowerBuilder::embed_input() {
  const EmbeddingSpec& e = tower_.embedding;
  const Extent tokens = room_.dim < 0 ? Extent{tower_.tokens} : Extent{1, room_.dim};
  const LinearSpec linear = {e.name};
  if (e.kind == EmbeddingSpec::kPatches) {
    const schema::PatchesT& image = e.image;
    const int32_t x = input(DType::Float32, {{image.height}, {image.width}, {image.channels}});
    const uint32_t columns = image.patch * image.patch * image.channels;
    return blocks_.linear(method_.patches(x, image), linear, spec_.width, columns);
  }
  if (e.kind == EmbeddingSpec::kFeatures) {
    const int32_t x = input(DType::Float32, {tokens, {e.rows}});
    return blocks_.linear(x, linear, spec_.width, e.rows);
  }
  const int32_t ids = input(DType::Int32, {tokens});
  const bool tied = tower_.head.tie == HeadSpec::kTied;  // then a linear layer reads it, too
  const int32_t table = tied ? weights_.matrix(e.name + ".weight", e.rows, spec_.width)
                             : weights_.table(e.name + ".weight", e.rows, spec_.width);
  return method_.embedding(ids, table, spec_.width, e.scale);
}

int32_t TowerBuilder::embed() {
  const EmbeddingSpec& e = tower_.embedding;
  int32_t x = embed_input();
  uint32_t positions = tower_.tokens;
  if (!e.class_token.empty()) {
    x = method_.prepend_token(x, weights_.vector(e.class_token, spec_.width));
    ++positions;
  }
  const int32_t table = add_position_table(e.positions, positions, spec_.width, path_, weights_);
  if (table >= 0) x = method_.add_positions(x, table, room_.cache);
  const bool norm = !e.norm.empty() && weights_.has(e.norm + ".weight");
  return norm ? blocks_.norm(x, e.norm) : x;
}

int32_t TowerBuilder::layers(int32_t x) {
  const LayersSpec& layers = tower_.layers;
  for (uint32_t i = 0; i < layers.count; ++i) {
    const LayerStates states = room_.states.empty() ? LayerStates{} : room_.states[i];
    x = blocks_.layer(x, layers.at(i), layers.name(i), states);
  }
  return x;
}

void TowerBuilder::store_encoded(int32_t x, const LayersSpec& decoder,
                                 const std::vector<LayerStates>& states) {
  for (uint32_t i = 0; i < decoder.count; ++i) {
    const AttentionSpec* attention = decoder.attention(i, Sight::kEncoder);
    if (attention != nullptr) blocks_.store_encoded(x, *attention, decoder.name(i), states[i]);
  }
}

void TowerBuilder::finish(int32_t x, bool last_only) {
  // Norm and head treat every token by itself, so choosing one first changes nothing.
  if (tower_.pool_first) x = method_.select_token(x, schema::TokenChoice::Index, 0);
  if (last_only) x = method_.select_token(x, schema::TokenChoice::Last, 0);
  x = last_norm(x);
  const HeadSpec& head = tower_.head;
  const std::string matrix = head.tie == HeadSpec::kTied ? tower_.embedding.name : head.linear.name;
  if (head.optional && !weights_.has(matrix + ".weight")) return method_.output(x, "hidden");
  const uint32_t outputs = head.outputs > 0 ? head.outputs : weights_.rows(matrix + ".weight");
  method_.output(blocks_.linear(x, head.linear, outputs, spec_.width, matrix), "logits");
}

}  // namespace fovea::tools
