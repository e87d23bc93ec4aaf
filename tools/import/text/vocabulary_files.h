// Tokenizers whose pieces are in files of their own, as tokenizer.json would have them.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_VOCABULARY_FILES_H_
#define FOVEA_TOOLS_IMPORT_TEXT_VOCABULARY_FILES_H_

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace fovea::tools {

// A special token of tokenizer_config.json: a text, or an object that holds it.
std::string special_content(const nlohmann::json& config, const char* key, const char* otherwise);

// vocab.txt as BERT's tokenizers read it: a piece a line. `config`: tokenizer_config.json. Throws
// InputError for a piece that is there twice, and for special tokens that are not there.
nlohmann::json of_vocabulary(const std::filesystem::path& path, const nlohmann::json& config);

// vocab.json and merges.txt of byte-level BPE. `kind`: tokenizer_class of tokenizer_config.json, or
// model_type. Throws InputError for a kind of which it is not known what else there is to it.
nlohmann::json of_merges(const std::filesystem::path& folder, const std::string& kind,
                         const nlohmann::json& config);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_VOCABULARY_FILES_H_
