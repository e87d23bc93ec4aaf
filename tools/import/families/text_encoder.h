// What the configs and the tensors of BERT and of encoders that resemble it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_TEXT_ENCODER_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_TEXT_ENCODER_H_

#include <string>
#include <vector>

#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// What is behind the layers, by the end of the architecture's name.
enum class TextHead { kNone, kMasked, kSequence, kTokens, kQuestion };

TextHead text_head(const Config& config);

// "id2label": {"0": "negative", ...}; empty where there is none. Throws InputError where ids are
// not 0, 1, 2, ...
std::vector<std::string> read_labels(const Config& config);
// What makes a probability of the logits of so many labels, as transformers' pipelines choose it.
schema::LabelFunction label_function(const Config& config, TextHead head, size_t labels);

// The heads of a family, each as steps from what the layers made.
struct TextHeads {
  std::vector<StepSpec> pooled = {};    // empty: none; taken where the checkpoint has it
  std::vector<StepSpec> masked = {};    // to what makes logits of words
  LinearSpec words = {};                // that makes them, tied to the embedding
  std::string words_bias = {};          // a tensor
  std::vector<StepSpec> sequence = {};  // to logits, from `pooled` or from the layers
  bool sequence_from_pooled = false;
  // To logits of each token, and to where an answer begins and ends; empty: one linear layer.
  std::vector<StepSpec> tokens = {}, answers = {};
};

// The outputs `hidden`, `pooled` and `logits`, and the labels of a classifier.
void add_text_outputs(const Config& config, const TextHeads& heads, TransformerSpec& spec);

// Attention and feed-forward as post-norm encoders have them.
struct TextLayer {
  const char *query, *key, *value, *output, *attention_norm, *up, *down, *ffn_norm;
};
extern const TextLayer kBertLayer;

// Where such a config and its tensors differ between families.
struct BertForm {
  std::string base = {};       // "bert."
  bool after_padding = false;  // positions count from pad_token_id + 1
};

// Everything but layers and heads: embeddings of words, positions and types, and their norm.
TransformerSpec describe_embeddings(const Config& config, const BertForm& form);

// The rows of types of tokens, which are added.
void add_token_types(const Config& config, const std::string& base, EmbeddingSpec& embedding);

// Embeddings and layers: all but the heads.
TransformerSpec describe_bert_form(const Config& config, const BertForm& form,
                                   const TextLayer& layer = kBertLayer);
// The outputs as BERT and as RoBERTa have them. `base`: of names of the pooler.
void add_bert_outputs(const Config& config, const std::string& base, TransformerSpec& spec);
void add_roberta_outputs(const Config& config, const std::string& base, TransformerSpec& spec);

// `layer` with what the config says of heads and widths.
LayerSpec text_layer(const Config& config, const TextLayer& layer);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_TEXT_ENCODER_H_
