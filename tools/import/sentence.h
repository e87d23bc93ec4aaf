// What sentence-transformers makes of a text encoder's tokens.

#ifndef FOVEA_TOOLS_IMPORT_SENTENCE_H_
#define FOVEA_TOOLS_IMPORT_SENTENCE_H_

#include "tools/checkpoint/checkpoint.h"
#include "tools/import/transformer.h"

namespace fovea::tools {

// Adds the output `embedding` where the folder has modules. Throws InputError for modules that are
// not understood.
void add_sentence_embedding(const Checkpoint& checkpoint, TransformerSpec& spec);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_SENTENCE_H_
