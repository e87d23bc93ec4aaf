// What the config and the tensors of Llama and of families that resemble it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// What each layer's norms and linear layers are called. An empty norm is none.
struct LlamaNames {
  std::string attention_norm = "input_layernorm", attention_after = "";
  std::string ffn_norm = "post_attention_layernorm", ffn_after = "";
  std::string output = "self_attn.o_proj";
  std::string gate = "mlp.gate_proj", up = "mlp.up_proj", down = "mlp.down_proj";
};

// Where such a family differs.
struct LlamaForm {
  uint32_t kv_heads = 0;    // where the config does not say; 0: as many as heads
  uint32_t head_width = 0;  // the same; 0: the width divided by the heads
  Bias qkv = Bias::kNone, output = Bias::kNone, ffn = Bias::kNone;
  NormSpec norm = {.rms = true, .epsilon = 1e-6f};
  const char* epsilon = "rms_norm_eps";  // the key; null: that of `norm`
  HeadNormsSpec head_norms = {};
  LlamaNames names = {};
  std::string last_norm = "model.norm";
  bool parallel = false;   // attention and feed-forward take the same norm of the layer's input
  bool fused = false;      // query, key and value are one tensor, and so are gate and up
  bool fused_ffn = false;  // gate and up alone are
  bool squared = false;    // no gate; what the activation makes may be squared ("relu2")
  double partial = 0;      // share of a head that turns, unless the config says; 0: all of it does
  bool interleaved = false;          // elements that turn together lie side by side
  double theta = 10000;              // of the rotary embedding, where the config does not say
  const char* layer_type = nullptr;  // whose rotary embedding it is, where layers differ
  bool tied = false;                 // the head, where the config does not say
  bool gemma = false;                // norms less one, embeddings times the root of the width
  std::vector<bool> turned = {};     // whether keys turn in layer i; empty: in all
  // Of layer i the (i mod size)th, instead of its feed-forward; empty: none have any.
  std::vector<std::optional<ExpertsSpec>> experts = {};
  std::vector<uint32_t> windows = {};  // of layer i the (i mod size)th: AttentionSpec::window
};

Bias bias_if(const Config& config, const char* key);

// The activation of Gemma's feed-forward: GELU by tanh, whatever its first release called it.
schema::Function gemma_activation(const Config& config);

// Which layers have a window: "layer_types", or what `otherwise` says of layer i.
std::vector<bool> sliding_layers(const Config& config, const Checkpoint& checkpoint,
                                 const std::function<bool(size_t i)>& otherwise);

// "sliding_window", or `otherwise` where there is no such key; null is refused.
uint32_t window_of_some(const Config& config, uint32_t otherwise);

// The windows of the layers where `use_sliding_window` is true: "layer_types", or those from
// "max_window_layers" on.
std::vector<uint32_t> sliding_windows(const Config& config, const Checkpoint& checkpoint);

TransformerSpec describe_llama(const Config& config, const Checkpoint& checkpoint,
                               const LlamaForm& form);

// Calls `change` with every attention of the decoder, which may edit it, and its layer's place in
// the pattern.
void for_attentions(TransformerSpec& spec,
                    const std::function<void(AttentionSpec& attention, size_t i)>& change);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_
