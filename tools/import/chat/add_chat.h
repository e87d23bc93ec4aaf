// The conversations of a folder's chat template, put into a model.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_
#define FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_

#include <string>

#include "tools/graph/graph.h"

namespace fovea::tools::chat {

// Where `input` is a folder with a chat template and the model a decoder, which has its tokenizer
// by now. Joins that the tokenizer cannot make tokens of are left out, too, and `missing` says why.
void add_chat(const std::string& input, Graph& graph);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_ADD_CHAT_H_
