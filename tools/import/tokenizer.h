// Vocabularies for turning text into tokens and back.

#ifndef FOVEA_TOOLS_IMPORT_TOKENIZER_H_
#define FOVEA_TOOLS_IMPORT_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tools/import/config.h"

namespace fovea::tools {

// Parses llama2.c's tokenizer file: i32 longest piece, then for each token f32 score, i32 length,
// bytes. The piece <unk> is the unknown one. Throws InputError with `path` where it is no such file
// or has no pieces.
std::unique_ptr<schema::TokenizerT> parse_llama2c_tokenizer(std::span<const uint8_t> bytes,
                                                            const std::string& path);

// Reads such a file as the text of `model`, whose special tokens are the tokenizer's. It may have
// fewer pieces than the model has ids: tables of embeddings are often padded. Throws InputError
// where it has more.
std::unique_ptr<schema::TokenizerT> read_llama2c_tokenizer(const std::string& path,
                                                           const schema::ModelT& model);

// One piece for each character. Special tokens come from the config.
std::unique_ptr<schema::TokenizerT> character_tokenizer(const std::string& name,
                                                        std::vector<std::string> pieces,
                                                        const Config& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TOKENIZER_H_
