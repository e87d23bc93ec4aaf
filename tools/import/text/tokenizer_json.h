// tokenizer.json.

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

// The values of a large file.
nlohmann::json read_large_json(const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_TOKENIZER_JSON_H_
