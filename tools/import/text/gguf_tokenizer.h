// The tokenizer that a GGUF file's keys describe.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Of the keys "tokenizer....", for a model of `rows` ids; null where there is no vocabulary. Throws
// InputError for what is not understood.
std::unique_ptr<schema::WordTokenizerT> read_gguf_tokenizer(const nlohmann::json& keys,
                                                            uint32_t rows, const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_H_
