// Decoders that resemble GPT: layer norms with biases, feed-forwards without a gate. What the
// config and the tensors are called differs, and so do positions and how a layer's parts are put
// together.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_GPT_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_GPT_LAYOUT_H_

#include <string>
#include <vector>

#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

struct GptForm {
  // Keys of the config. Without one for the feed-forward's width, or where it is not there, this is
  // four times the model's.
  const char *width = "n_embd", *layers = "n_layer", *heads = "n_head", *ffn_width = "n_inner";
  const char* positions = "n_positions";
  uint32_t positions_otherwise = 0;                // where the config has no such key; 0: it has to
  const char* epsilon = "layer_norm_epsilon";      // null: 1e-5
  const char* activation = "activation_function";  // null: GELU by tanh
  // Tensors.
  std::string base = "transformer.";
  std::string embedding = "transformer.wte", prefix = "transformer.h.";
  std::string last_norm = "transformer.ln_f";
  std::string attention_norm = "ln_1", ffn_norm = "ln_2";
  std::string query = "attn.q_proj", key = "attn.k_proj", value = "attn.v_proj";
  std::string output = "attn.out_proj", up = "mlp.fc_in", down = "mlp.fc_out";
  Bias qkv = Bias::kNone, output_bias = Bias::kNone, ffn = Bias::kRequired;
  bool parallel = false;  // both parts take the layer's input
  bool tied = false;      // the head, where the config does not say
};

// A decoder whose layers are all alike, without positions.
TransformerSpec describe_gpt(const Config& config, const GptForm& form);

// The attention of its layers, and their feed-forward.
AttentionSpec& attention_of(TransformerSpec& spec);
FeedForwardSpec& feed_forward_of(TransformerSpec& spec);

// What multiplies the distance of keys in each of `heads` (ALiBi, Press et al. 2022): powers of one
// number where heads are a power of two, otherwise those, and between them every other one of twice
// as many.
std::vector<float> alibi_slopes(uint32_t heads);

// Gives the attention slopes. No number of positions bounds a sequence then.
void add_alibi(const Config& config, TransformerSpec& spec);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_GPT_LAYOUT_H_
