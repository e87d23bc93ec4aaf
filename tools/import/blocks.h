// The layers of a described transformer, appended to a method.

#ifndef FOVEA_TOOLS_IMPORT_BLOCKS_H_
#define FOVEA_TOOLS_IMPORT_BLOCKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/graph/builder.h"
#include "tools/import/rotary_weights.h"
#include "tools/import/transformer.h"
#include "tools/import/weights.h"

namespace fovea::tools {

// Where a layer's attentions keep keys and values: those of Sight::kPast and of Sight::kEncoder.
struct LayerStates {
  KeyValues past, encoder;
};

class BlockBuilder {
 public:
  // `norms` and `width` are those of the layers; `cache` counts the tokens of earlier runs; -1:
  // there are none.
  BlockBuilder(const NormSpec& norms, uint32_t width, const std::vector<RotaryWeights>& rotaries,
               int32_t cache, Weights& weights, MethodBuilder& method)
      : norms_(norms),
        width_(width),
        rotaries_(rotaries),
        cache_(cache),
        weights_(weights),
        method_(method) {}

  // `epsilon`: 0 for the model's.
  int32_t norm(int32_t x, const std::string& name, float epsilon = 0);
  // Four tokens of a grid, side by side, become one.
  int32_t merge(int32_t x, const MergeSpec& spec);
  // The name begins with `prefix`.
  int32_t convolve(int32_t x, const GridConvolution& spec, const std::string& prefix = {});
  // The weight of `matrix`, where that is another tensor than the layer's own.
  int32_t linear(int32_t x, const LinearSpec& linear, uint32_t outputs, uint32_t columns,
                 const std::string& matrix = {});
  // Names of `layer` begin with `prefix`.
  int32_t layer(int32_t x, const LayerSpec& layer, const std::string& prefix,
                const LayerStates& states);
  // `outputs` columns.
  int32_t residual(int32_t x, const ResidualSpec& spec, uint32_t outputs);
  // Of the method's tokens attentions of Sight::kRun see those that the mask `seen` shows.
  void see(int32_t seen) { seen_ = seen; }
  // Attentions of Sight::kEncoder look at what another tower made in this method.
  void read(int32_t encoded, const BlockBuilder& encoder) {
    encoded_ = encoded;
    encoded_seen_ = encoder.seen_;
  }
  // Stores what the encoder made, for an attention of Sight::kEncoder.
  void store_encoded(int32_t x, const AttentionSpec& attention, const std::string& prefix,
                     const LayerStates& states);

 private:
  struct KeyValue {
    int32_t key, value;
  };
  int32_t batch_norm(int32_t x, const std::string& name);
  int32_t clipped(int32_t x, const AttentionSpec& attention);
  KeyValue key_value(int32_t x, const AttentionSpec& attention, const std::string& prefix);
  int32_t attend(int32_t x, const AttentionSpec& attention, const std::string& prefix,
                 const LayerStates& states);
  int32_t feed_forward(int32_t x, const FeedForwardSpec& ffn, const std::string& prefix);
  int32_t experts(int32_t x, const ExpertsSpec& spec, const std::string& prefix);
  int32_t make(int32_t x, const BlockSpec& block, const std::string& prefix,
               const LayerStates& states);
  int32_t project(int32_t x, const std::string& prefix, LinearSpec linear, uint32_t outputs,
                  uint32_t columns);
  int32_t head_norm(int32_t x, const HeadNormsSpec& norms, const std::string& name, uint32_t heads,
                    uint32_t head_width);
  // Each head divided by its length, times its number of the tensor `temperature`, if named.
  int32_t unit_heads(int32_t x, uint32_t heads, uint32_t head_width,
                     const std::string& temperature);
  void rotate(int32_t x, const RotaryWeights& rotary, uint32_t heads, uint32_t head_width);
  uint32_t width_of(int32_t x) const { return method_.extent_from_end(x, 0).count; }
  static schema::WindowsT windows_of(const WindowsSpec& spec);
  Look look_of(const AttentionSpec& attention, const std::string& prefix);
  // Where an attention's keys and values are, having stored those of this method.
  KeyValues stored_for(int32_t x, int32_t query, const AttentionSpec& attention,
                       const std::string& prefix, const LayerStates& states);

  const NormSpec& norms_;
  uint32_t width_;
  const std::vector<RotaryWeights>& rotaries_;
  int32_t cache_;
  Weights& weights_;
  MethodBuilder& method_;
  int32_t seen_ = -1;                         // a mask of the method's own tokens, or -1
  int32_t encoded_ = -1, encoded_seen_ = -1;  // what read() says, or -1
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_BLOCKS_H_
