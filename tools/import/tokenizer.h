// Vocabularies for turning text into tokens and back.

#ifndef FOVEA_TOOLS_IMPORT_TOKENIZER_H_
#define FOVEA_TOOLS_IMPORT_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tools/import/config.h"

namespace fovea::tools {

// Reads llama2.c's tokenizer file: i32 longest piece, then for each token f32 score, i32 length,
// bytes. Throws InputError where it does not hold `vocabulary` pieces.
std::unique_ptr<schema::TokenizerT> read_llama2c_tokenizer(const std::string& path,
                                                           uint32_t vocabulary);

// One piece for each character. Special tokens come from the config.
std::unique_ptr<schema::TokenizerT> character_tokenizer(const std::string& name,
                                                        std::vector<std::string> pieces,
                                                        const Config& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TOKENIZER_H_
