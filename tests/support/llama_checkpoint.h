// Makes random Llama models in Hugging Face's layout.

#ifndef FOVEA_TESTS_SUPPORT_LLAMA_CHECKPOINT_H_
#define FOVEA_TESTS_SUPPORT_LLAMA_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/safetensors.h"

namespace fovea::test {

struct LlamaShape {
  uint32_t width = 0, ffn_width = 0, layers = 0, heads = 0, kv_heads = 0, head_width = 0;
  uint32_t vocabulary = 0, context = 0;
  double epsilon = 1e-5, theta = 10000;
  double linear_scaling = 1;  // rope_scaling of type linear where not 1
  bool tied = false, attention_bias = false, mlp_bias = false;
  // Of families that resemble Llama: layers from `window_from` on look at so many tokens (0: all).
  std::string family = "llama";
  bool head_norms = false;
  uint32_t window = 0, window_from = 0;
  std::string options = {};  // more keys of the config

  bool output_bias() const { return attention_bias && family != "qwen2"; }
  uint32_t window_of(uint32_t layer) const { return layer < window_from ? 0 : window; }
};

struct LlamaCheckpoint {
  LlamaShape shape;
  std::map<std::string, std::vector<float>> tensors;  // row-major, by Hugging Face's names
};

// Head widths 4 to 80, 1 to 12 heads with and without groups, odd vocabularies, with and without
// biases and tied embeddings: another model for every seed.
LlamaShape random_llama_shape(uint32_t seed);
// The same for another family that there is.
LlamaShape random_shape_of(const std::string& family, uint32_t seed);
LlamaCheckpoint random_llama(const LlamaShape& shape, uint32_t seed);

// Writes config.json and model.safetensors into a folder.
void write_checkpoint(const LlamaCheckpoint& checkpoint, const std::string& folder);

std::vector<SavedTensor> saved_tensors(const LlamaCheckpoint& checkpoint);

std::string config_json(const LlamaShape& shape);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_LLAMA_CHECKPOINT_H_
