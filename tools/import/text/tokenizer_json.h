// Tokenizers of Hugging Face folders.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_JSON_H_
#define FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_JSON_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Whether a file is tokenizer.json by its first byte; what is no file is not.
bool is_json(const std::string& path);

// tokenizer.json, for a model of `rows` ids. Throws InputError for what is not understood, and for
// an id that the model lacks.
std::unique_ptr<schema::WordTokenizerT> read_tokenizer_json(const std::string& path, uint32_t rows);

// The same of its values.
std::unique_ptr<schema::WordTokenizerT> make_tokenizer(const nlohmann::json& values, uint32_t rows,
                                                       const std::string& path);

// What a folder has: tokenizer.json, else vocab.txt with tokenizer_config.json; null where it has
// none of these. The longest sequence is what sentence_bert_config.json says, else the tokenizer's
// truncation, else model_max_length.
std::unique_ptr<schema::WordTokenizerT> read_folder_tokenizer(const std::string& folder,
                                                              uint32_t rows);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_JSON_H_
