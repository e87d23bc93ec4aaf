// A random Llama of which a test makes another layout or description.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_STORED_LLAMA_H_
#define FOVEA_TESTS_TOOLS_IMPORT_STORED_LLAMA_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/safetensors.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/import/transformer.h"

namespace fovea::test {

using tools::Checkpoint;
using tools::Graph;
using tools::TransformerSpec;

inline const LlamaShape kStoredLlama = {.width = 12,
                                        .ffn_width = 10,
                                        .layers = 3,
                                        .heads = 4,
                                        .kv_heads = 2,
                                        .head_width = 6,
                                        .vocabulary = 21,
                                        .context = 40,
                                        .attention_bias = true};

struct StoredLlama {
  std::vector<SavedTensor> tensors = saved_tensors(random_llama(kStoredLlama, 1));

  SavedTensor take(const std::string& name);
};

using Change = std::function<void(TransformerSpec&)>;
inline void unchanged(TransformerSpec&) {}

// Builds what `change` makes of the Llama's description.
Graph build(const StoredLlama& model, const Change& change);

// The packed weights of that graph.
std::string packed(const StoredLlama& model, const Change& change);

// The description of the first layer's attention.
tools::AttentionSpec& attention(TransformerSpec& spec);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_STORED_LLAMA_H_
