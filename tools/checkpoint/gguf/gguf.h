// GGUF files, as llama.cpp has them, in Hugging Face's words.

#ifndef FOVEA_TOOLS_CHECKPOINT_GGUF_GGUF_H_
#define FOVEA_TOOLS_CHECKPOINT_GGUF_GGUF_H_

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Adds the file, its tensors under Hugging Face's names, a config with Hugging Face's keys, and
// the keys about texts. Keys and tensors of no known meaning keep their names, so that whoever
// builds the model refuses them. Throws InputError on anything malformed, and on architectures that
// are not known.
void add_gguf(MappedFile file, Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_GGUF_GGUF_H_
