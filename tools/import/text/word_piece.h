// The model WordPiece of tokenizer.json.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_WORD_PIECE_H_
#define FOVEA_TOOLS_IMPORT_TEXT_WORD_PIECE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Fills kind, pieces, sorted, unknown and what goes with them. Throws InputError, beginning with
// `where`
// ("d/tokenizer.json: model"), for what is not known.
void read_word_piece(const nlohmann::json& model, schema::WordTokenizerT& tokenizer,
                     const std::string& where);

// The same of "WordLevel", whose words are not cut.
void read_word_level(const nlohmann::json& model, schema::WordTokenizerT& tokenizer,
                     const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_WORD_PIECE_H_
