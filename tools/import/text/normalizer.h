// The normalizer of tokenizer.json as tables of replacements.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_NORMALIZER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_NORMALIZER_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Adds to tokenizer.normalization; where Chinese characters are words of their own, to
// tokenizer.splitters. null: texts stay as they are. Throws InputError, beginning with `where`
// ("d/tokenizer.json: normalizer"), for what is not known.
void read_normalizer(const nlohmann::json& value, schema::WordTokenizerT& tokenizer,
                     const std::string& where);

// A text after the steps of a tokenizer, as the runtime makes it.
std::string normalized(const schema::WordTokenizerT& tokenizer, const std::string& text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_NORMALIZER_H_
