// The pre_tokenizer of tokenizer.json as splitters.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_PRE_TOKENIZER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_PRE_TOKENIZER_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Adds to tokenizer.splitters, sets tokenizer.prefix where each text gets one, and what Metaspace
// makes of spaces; the normalizer has been read. Returns whether words become bytes in the end
// (ByteLevel). null: a text is one word. Throws InputError, beginning with `where`
// ("d/tokenizer.json: pre_tokenizer"), for what is not known or cannot be done.
bool read_pre_tokenizer(const nlohmann::json& value, schema::WordTokenizerT& tokenizer,
                        const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_PRE_TOKENIZER_H_
