// What the config and the tensors of Llama and of families that resemble it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_

#include <vector>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Where such a family differs.
struct LlamaForm {
  uint32_t kv_heads = 0;    // where the config does not say; 0: as many as heads
  uint32_t head_width = 0;  // the same; 0: the width divided by the heads
  Bias qkv = Bias::kNone, output = Bias::kNone, ffn = Bias::kNone;
  bool head_norms = false;  // RMS norms of each head of queries and keys
  bool fused = false;       // query, key and value are one tensor, and so are gate and up
  bool partial = false;     // part of a head may turn
  bool tied = false;        // the head, where the config does not say
  bool gemma = false;       // norms less one, embeddings times the root of the width, GELU by tanh
  std::vector<bool> turned = {};       // whether keys turn in layer i; empty: in all
  std::vector<uint32_t> windows = {};  // of layer i the (i mod size)th: AttentionSpec::window
};

Bias bias_if(const Config& config, const char* key);

// The windows of the layers where `use_sliding_window` is true: "layer_types", or those from
// "max_window_layers" on.
std::vector<uint32_t> sliding_windows(const Config& config, const Checkpoint& checkpoint);

TransformerSpec describe_llama(const Config& config, const Checkpoint& checkpoint,
                               const LlamaForm& form);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_LLAMA_LAYOUT_H_
