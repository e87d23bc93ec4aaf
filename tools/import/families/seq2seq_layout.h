// What the configs and the tensors of BART and of encoder-decoders that resemble it say.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_SEQ2SEQ_LAYOUT_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_SEQ2SEQ_LAYOUT_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Where such families differ.
struct Seq2SeqForm {
  bool before = false;          // norms before parts, and one after the last layer
  bool norm_embedding = false;  // a norm of what the first layer takes
  bool scales = false;          // embeddings times the root of the width, unless the config says
  const char* activation = "gelu";  // unless the config says
  PositionsSpec positions = {};     // without the tensor's name
};

// num_hidden_layers, where a config has it, is another name of encoder_layers.
void expect_layers_alike(const Config& config);

// A layer of the tower, "encoder" or "decoder".
LayerSpec seq2seq_layer(const Config& config, const std::string& side, const Seq2SeqForm& form,
                        Bias key_bias = Bias::kRequired);

TransformerSpec describe_seq2seq(const Config& config, const Checkpoint& checkpoint,
                                 const Seq2SeqForm& form);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_SEQ2SEQ_LAYOUT_H_
