// Which ids begin, end and fill up a text.

#ifndef FOVEA_TOOLS_IMPORT_SPECIAL_TOKENS_H_
#define FOVEA_TOOLS_IMPORT_SPECIAL_TOKENS_H_

#include <string>

#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/graph.h"
#include "tools/import/families.h"

namespace fovea::tools {

// Ids that a model takes: rows of its largest table of embeddings; 0 where it takes none.
uint32_t embedding_rows(const schema::ModelT& model);

// Fills the model's `special` from the files beside the weights, as transformers does: a key counts
// in generation_config.json, where it is not there in config.json, then in tokenizer_config.json,
// and last what the architecture's own config class says. Of encoder-decoders it has what
// generation needs, too; notes tell what it has no place for. Throws InputError for an id that the
// model lacks.
void add_special_tokens(const Checkpoint& checkpoint, const Family& family, Graph& graph);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_SPECIAL_TOKENS_H_
