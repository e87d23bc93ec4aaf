// Tokenizers of Hugging Face folders.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_FOLDER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_FOLDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// What a folder has, the first of: tokenizer.json; tokenizer.model or spiece.model; vocab.json with
// merges.txt; vocab.txt. All but the first with tokenizer_config.json. None where it has none of
// these. The longest sequence is what sentence_bert_config.json says, else the tokenizer's
// truncation, else model_max_length.
// A folder with source.spm has two (two_sides.h).
std::vector<std::unique_ptr<schema::WordTokenizerT>> read_folder_tokenizers(
    const std::string& folder, uint32_t rows);

// Whether a file begins as a model of SentencePiece with a piece does; what is no file does not.
bool is_sentence_piece(const std::string& path);

// Such a model alone: nothing stands around its texts.
std::unique_ptr<schema::WordTokenizerT> read_sentence_piece(const std::string& path, uint32_t rows);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_FOLDER_H_
