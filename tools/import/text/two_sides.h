// Tokenizers of models that read one language's pieces and write another's.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_TWO_SIDES_H_
#define FOVEA_TOOLS_IMPORT_TEXT_TWO_SIDES_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Whether a folder has source.spm: Marian's two models of SentencePiece, and ids by vocab.json.
bool has_two_sides(const std::filesystem::path& folder);

// "source" and "target". A piece of a model has the id that vocab.json gives it; what is not there
// is unknown. A text may begin with a code, such as >>fra<<, which is a piece of vocab.json.
// `config`: tokenizer_config.json. Throws InputError for models of BPE, and for files that do not
// fit together.
std::vector<std::unique_ptr<schema::WordTokenizerT>> read_two_sides(
    const std::filesystem::path& folder, const nlohmann::json& config, uint32_t rows);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_TWO_SIDES_H_
