// Tokens that are found in a text before all else.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_ADDED_TOKENS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_ADDED_TOKENS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Adds added_tokens of tokenizer.json to those that the tokenizer has, and pieces for their ids.
// What normalises them has been read. Throws InputError, beginning with `where`, for what is not
// known, and for an id of a model of `rows` that this lacks.
void add_tokens(const nlohmann::json& list, uint32_t rows, schema::WordTokenizerT& tokenizer,
                const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_ADDED_TOKENS_H_
