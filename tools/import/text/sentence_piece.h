// Models of SentencePiece.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_H_
#define FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "schema/word_tokenizer.h"

namespace fovea::tools {

struct SentencePieceProto;

// tokenizer.model or spiece.model, of Unigram or BPE: ids as SentencePiece itself gives them,
// nothing around a text. Control pieces are special tokens. Throws InputError, beginning with
// `where`, for what is damaged or not known.
std::unique_ptr<schema::WordTokenizerT> parse_sentence_piece(std::span<const uint8_t> bytes,
                                                             const std::string& where);

// The same of what has been read.
std::unique_ptr<schema::WordTokenizerT> convert_sentence_piece(const SentencePieceProto& proto,
                                                               const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_H_
