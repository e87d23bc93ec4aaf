// A transformer, described: what a family makes of a config, and what one builder (build.h) turns
// into methods. Names of tensors are those of a checkpoint.

#ifndef FOVEA_TOOLS_IMPORT_TRANSFORMER_H_
#define FOVEA_TOOLS_IMPORT_TRANSFORMER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/import/embedding_spec.h"
#include "tools/import/rotary.h"

namespace fovea::tools {

struct HeadSpec {
  // Whether logits are made by the embedding's matrix: kUnlessStored where a stored head that
  // differs counts, because fine-tuning leaves the config's flag behind.
  enum Tie { kApart, kTied, kUnlessStored } tie = kApart;
  LinearSpec linear = {};  // nothing by this name: the method's output is what the layers made
  uint32_t outputs = 0;    // 0: as many as the tensor has rows
  bool optional = false;
  std::string bias = {};  // a tensor of another name than the linear layer's own; empty: its own
  float scale = 1;        // of logits
  float soft_cap = 0;     // they become soft_cap * tanh(logit / soft_cap); 0: none
};

// What convolutions between layers took, and what the layers made, each a grid: a linear layer of
// each, all of them made as fine as the first, side by side in descending order, and a convolution
// of one tap, FUSE.weight [width, width * stages, 1, 1], with a batch norm NORM.
struct StagesSpec {
  uint32_t width = 0;
  std::vector<Grid> grids = {};
  std::vector<std::string> linears = {};  // NAME.weight [width, columns of the stage], NAME.bias
  std::string fuse = {}, norm = {};
  double epsilon = 0;  // of the norm
};

// A step from what the layers made to an output.
struct StepSpec {
  enum Kind {
    kFirst,  // or the token that `token` says
    kLast,
    kMean,  // of the tokens from `token` on
    kMax,
    kLinear,
    kActivation,
    kNorm,
    kUnit,
    kHead,
    kProbe,  // what a trained query sees of all tokens
    kAdd,    // the earlier output `name`
    kScale,  // by `factor`
    // Of each `joined` tokens that follow one another: side by side, as one token; mean; maximum.
    kJoin,
    kMeanOf,
    kMaxOf,
    // The means and deviations that the front end took from the input; rows of `joined` numbers, 0:
    // of as many as there are parts.
    kRestore,
    kResidual,  // `residual`
    kStages,    // `stages`, before which nothing may be
  } kind;
  std::string name = {};  // kLinear, kNorm, kAdd
  Bias bias = Bias::kRequired;
  schema::Function function = schema::Function::None;  // kActivation
  View view = {};                                      // kLinear
  uint32_t token = 0;
  uint32_t joined = 0;
  float factor = 1;
  // kProbe: the query is the tensor `name` [1, width]; PROJECTION.in_proj_weight,
  // PROJECTION.in_proj_bias, PROJECTION.out_proj.
  std::string projection = {};
  uint32_t heads = 0;
  std::optional<ResidualSpec> residual = {};  // in a tower's outputs: `outputs` columns
  uint32_t outputs = 0;
  std::optional<StagesSpec> stages = {};
};
inline StepSpec linear_step(const std::string& name) {
  return {StepSpec::kLinear, name};
}
inline StepSpec norm_step(const std::string& name) {
  return {StepSpec::kNorm, name};
}
inline StepSpec activation_step(schema::Function function) {
  return {StepSpec::kActivation, {}, Bias::kNone, function};
}

// An output of its own: steps from what the layers made, or from an earlier output.
struct OutputSpec {
  std::string name;
  std::vector<StepSpec> steps = {};
  std::string from = {};  // empty: what the layers made
  bool optional = false;  // where the checkpoint lacks the first linear layer
  bool inner = false;     // other outputs are made of it; it is none itself
};

// A convolution of what the first layer takes, added to what it makes, and a norm of the sum:
// CONVOLUTION.weight [width, width, taps], CONVOLUTION.bias.
struct ConvolutionSpec {
  std::string name = {};  // empty: none
  std::string norm = {};
  uint32_t taps = 0;  // odd: as many tokens before as after
  schema::Function activation = schema::Function::None;
};

struct TransformerSpec;

// Embedding, layers and what follows them.
struct TowerSpec {
  EmbeddingSpec embedding;
  uint32_t tokens = 0;   // at most, the class token not counted
  uint32_t longest = 0;  // that a decoder without rotary embedding may be asked for, if more
  uint32_t usual = 0;    // of an encoder's run, unless asked otherwise; 0: as many as at most
  std::string dim;       // that counts tokens; empty: there are always as many as at most
  LayersSpec layers;
  ConvolutionSpec convolution = {};
  std::string norm;         // after the last layer; empty: none
  LinearSpec project = {};  // after that norm: to the width of the head; empty: none
  uint32_t project_width = 0;
  bool pool_first = false;  // the first token alone goes on
  HeadSpec head;
  std::vector<OutputSpec> outputs = {};  // empty: the head's alone
  // An output [1, numbers] that is always the same.
  std::string constant = {};  // its name; empty: none
  std::vector<float> numbers = {};
  // Where they are not the model's.
  uint32_t width = 0;
  std::optional<NormSpec> norms = {};

  uint32_t width_of(const TransformerSpec& model) const;
  const NormSpec& norms_of(const TransformerSpec& model) const;
};

struct RotarySpec {
  Rotary settings;
  bool interleaved = false;  // elements that turn together lie side by side
  // Of patches: half of the pairs turn by the line, half by the column, each from -1 to 1 across
  // the image; the tokens before them do not. No grid: by the position of tokens.
  Grid grid = {};
  uint32_t unturned = 0;
};

// An encoder has a method `encode` where it has outputs by name, otherwise `forward`; a decoder
// `forward` and `next`; both together `encode` and `decode`.
struct TransformerSpec {
  std::string base;              // what names of the base class's tensors begin with, as in Weights
  std::string stored_base = {};  // what the checkpoint has instead of it; empty: the same
  uint32_t width = 0;
  NormSpec norm;
  std::optional<TowerSpec> encoder, decoder;
  std::vector<RotarySpec> rotaries;  // that attentions choose from
  bool both_ways = false;  // tokens of the decoder see those after them, so that it encodes
  std::vector<std::string> labels;
  schema::LabelFunction label_function = schema::LabelFunction::Softmax;
  std::vector<std::unique_ptr<schema::TokenizerT>> tokenizers;
  std::unique_ptr<schema::AudioT> audio = {};  // of recordings; null: it takes none
  std::vector<std::string> ignored;  // what names of tensors begin with that nothing needs
  // Tensors that hold what another one does, where they are there: the copy, the other.
  std::vector<std::pair<std::string, std::string>> copies;
  std::string method;  // of an encoder, where it is not the only one
  // What the encoder takes and what the decoder gives, outputs by name, are of one method,
  // `method`: the decoder has no tokens of its own to wait for, nor caches.
  bool together = false;
  uint32_t filled = 0;  // as Tokenizer has it
  // More encoders of the same checkpoint. Labels, tokenizers and the base are the first one's.
  std::vector<TransformerSpec> others = {};
};

inline uint32_t TowerSpec::width_of(const TransformerSpec& model) const {
  return width > 0 ? width : model.width;
}
inline const NormSpec& TowerSpec::norms_of(const TransformerSpec& model) const {
  return norms ? *norms : model.norm;
}

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TRANSFORMER_H_
