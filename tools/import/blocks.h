// The parts that encoders and decoders of sequences share.

#ifndef FOVEA_TOOLS_IMPORT_BLOCKS_H_
#define FOVEA_TOOLS_IMPORT_BLOCKS_H_

#include <cstdint>
#include <string>

#include "tools/graph/builder.h"
#include "tools/import/config.h"
#include "tools/import/weights.h"

namespace fovea::tools {

// What layers look like.
struct BlockConfig {
  uint32_t width = 0;
  uint32_t ffn_width = 0;
  Heads heads;
  schema::Function activation = schema::Function::None;
  bool rms = false;  // RMS norm, otherwise layer norm
  float epsilon = 0;
  bool norm_first = true;  // x + f(norm(x)), otherwise norm(x + f(x))
};

// Reads width, heads, ffn_width, activation, norm, norm_eps and norm_position.
BlockConfig read_block_config(const Config& config);

// How a checkpoint calls the linear layers of a block.
struct BlockNames {
  const char* query = "query";
  const char* key = "key";
  const char* value = "value";
  const char* output = "output";
  const char* up = "up";
  const char* down = "down";
};

// Appends parts of a model to a method. Names of tensors are those of `prefix` and a part, such as
// "layers.0.attention" and ".query.weight"; biases are optional.
class BlockBuilder {
 public:
  BlockBuilder(const BlockConfig& config, const BlockNames& names, Weights& weights,
               MethodBuilder& method)
      : config_(config), names_(names), weights_(weights), method_(method) {}

  int32_t norm(int32_t x, const std::string& prefix);
  int32_t linear(int32_t x, const std::string& prefix, uint32_t outputs, uint32_t columns);

  // x + f(norm(x)), or norm(x + f(x)).
  template <typename F>
  int32_t residual(int32_t x, const std::string& norm_prefix, F f) {
    const int32_t inside = f(config_.norm_first ? norm(x, norm_prefix) : x);
    const int32_t sum = method_.binary(schema::BinaryKind::Add, x, inside);
    return config_.norm_first ? sum : norm(sum, norm_prefix);
  }

  // Every token looks at all tokens of the run.
  int32_t self_attention(int32_t x, const std::string& prefix);
  // Every token looks at itself and those before it, in this run and in earlier ones.
  int32_t causal_attention(int32_t x, const std::string& prefix, const KeyValues& states);
  // Every token looks at what store_memory stored.
  int32_t cross_attention(int32_t x, const std::string& prefix, const KeyValues& states);
  void store_memory(int32_t memory, const std::string& prefix, const KeyValues& states);
  int32_t feed_forward(int32_t x, const std::string& prefix);

  // Self-attention and feed-forward of an encoder, by fovea's names.
  int32_t encoder_layer(int32_t x, const std::string& prefix);

 private:
  int32_t project(int32_t x, const std::string& prefix, const char* name);
  int32_t finish_attention(int32_t query, const KeyValues& stored, const std::string& prefix,
                           bool causal);

  const BlockConfig& config_;
  const BlockNames& names_;
  Weights& weights_;
  MethodBuilder& method_;
};

// The table of Vaswani et al. (2017): sines at even columns, cosines at odd ones.
int32_t sinusoidal_positions(Weights& weights, uint32_t count, uint32_t width);

// The positions that a config asks for under `key` ("learned", "sinusoidal" or "none") added to x.
int32_t add_positions(int32_t x, const Config& config, const char* key, Weights& weights,
                      const std::string& tensor, uint32_t count, uint32_t width, int32_t cache,
                      MethodBuilder& method);

// Throws InputError where the value of `key` is not one of `known`, else returns it.
std::string choice(const Config& config, const char* key, const char* otherwise,
                   std::initializer_list<const char*> known);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_BLOCKS_H_
