// The post_processor of tokenizer.json: what stands around a text, and around two.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_AROUND_H_
#define FOVEA_TOOLS_IMPORT_TEXT_AROUND_H_

#include <nlohmann/json.hpp>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Sets tokenizer.single, pair and pair_types. null: nothing stands around. Throws InputError,
// beginning with `where` ("d/tokenizer.json: post_processor"), for what is not known.
void read_post_processor(const nlohmann::json& value, schema::WordTokenizerT& tokenizer,
                         const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_AROUND_H_
