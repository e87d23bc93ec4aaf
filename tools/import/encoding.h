// Decoders that are asked for what a whole text is instead of how it goes on.

#ifndef FOVEA_TOOLS_IMPORT_ENCODING_H_
#define FOVEA_TOOLS_IMPORT_ENCODING_H_

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/config.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Makes the decoder an encoder that looks at the tokens of one run where its class is a classifier,
// where modules of sentence-transformers stand behind it, or where its tokens see each other both
// ways. Leaves others alone.
void encode_by_decoder(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_ENCODING_H_
