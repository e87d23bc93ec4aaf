// The model BPE of tokenizer.json as ranked merges of bytes or of characters.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_BPE_H_
#define FOVEA_TOOLS_IMPORT_TEXT_BPE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Fills kind, pieces (an id without one is empty), sorted, bytes, merges and what goes with them.
// `byte_level`: words are bytes (ByteLevel). Throws InputError, beginning with `where`
// ("d/tokenizer.json: model"), for what is not known, and for merges of pieces that are not there.
void read_bpe(const nlohmann::json& model, bool byte_level, schema::WordTokenizerT& tokenizer,
              const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_BPE_H_
