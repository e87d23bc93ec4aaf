// The modules of a folder of sentence-transformers.

#ifndef FOVEA_TOOLS_CHECKPOINT_SENTENCE_MODULES_H_
#define FOVEA_TOOLS_CHECKPOINT_SENTENCE_MODULES_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Adds what modules.json lists behind the model, with the tensors of each; nothing where there is
// no such file. Throws InputError.
void add_sentence_modules(const std::string& folder, Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_SENTENCE_MODULES_H_
