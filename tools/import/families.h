// One function for each family of architectures.

#ifndef FOVEA_TOOLS_IMPORT_FAMILIES_H_
#define FOVEA_TOOLS_IMPORT_FAMILIES_H_

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/plan/plan.h"

namespace fovea::tools {

// Decoder language models: RMS norm before each part, rotary embedding, grouped-query attention,
// gated feed-forward (Touvron et al. 2023). Methods forward and next.
Graph import_llama(const Checkpoint& checkpoint, const Maxima& maxima);

// Encoders of tokens, image patches or frames of features. Method forward.
Graph import_encoder(const Checkpoint& checkpoint, const Maxima& maxima);

// Encoders with a decoder that looks at what they made (Vaswani et al. 2017). Methods encode and
// decode.
Graph import_encoder_decoder(const Checkpoint& checkpoint, const Maxima& maxima);

// Keyword transformers (Berg et al. 2021): post-norm encoders over audio features with a class
// token. Method forward.
Graph import_kwt(const Checkpoint& checkpoint, const Maxima& maxima);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_FAMILIES_H_
