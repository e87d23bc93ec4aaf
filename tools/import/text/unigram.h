// The model Unigram of tokenizer.json.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_UNIGRAM_H_
#define FOVEA_TOOLS_IMPORT_TEXT_UNIGRAM_H_

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

// Fills kind, pieces, scores and the search for pieces. Throws InputError, beginning with `where`
// ("d/tokenizer.json: model"), for what is not known.
void read_unigram(const nlohmann::json& model, schema::WordTokenizerT& tokenizer,
                  const std::string& where);

// The same of what has been read: tokenizer.pieces and unknown are set, `ids` are those of pieces
// that texts may become, `scores` those of all.
void set_unigram(const std::map<std::string, uint32_t>& ids, const std::vector<double>& scores,
                 double unknown_score, schema::WordTokenizerT& tokenizer, const std::string& where);

// The pieces <0x00> to <0xFF>, for WordTables.bytes.
std::vector<uint32_t> byte_piece_ids(const std::map<std::string, uint32_t>& ids);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_UNIGRAM_H_
