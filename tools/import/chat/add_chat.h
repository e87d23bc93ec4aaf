// The conversations of a checkpoint's chat template, put into a model.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_
#define FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"

namespace fovea::tools::chat {

// Where the checkpoint, a folder or a GGUF file, has a chat template and the model is a decoder,
// which has its tokenizer by now. Joins that the tokenizer cannot make tokens of are left out, too,
// and `missing` says why.
void add_chat(const Checkpoint& checkpoint, Graph& graph);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_
