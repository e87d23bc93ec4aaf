// The decoder of tokenizer.json: how pieces become a text.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_DECODER_H_
#define FOVEA_TOOLS_IMPORT_TEXT_DECODER_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Sets what decoding does; tokenizer.kind is set. null: spaces stand between pieces. Throws
// InputError, beginning with `where` ("d/tokenizer.json: decoder"), for what does not go with the
// model, and for what a token alone does not say.
void read_decoder(const nlohmann::json& value, schema::WordTokenizerT& tokenizer,
                  const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_DECODER_H_
