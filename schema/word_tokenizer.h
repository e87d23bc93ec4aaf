// A tokenizer of words with all its tables, for programs that make model files.

#ifndef FOVEA_SCHEMA_WORD_TOKENIZER_H_
#define FOVEA_SCHEMA_WORD_TOKENIZER_H_

#include <memory>

#include "runtime/schema.h"

namespace fovea::schema {

struct WordTokenizerT : TokenizerT, WordTablesT {
  // As it is in a model: the tables of words in bytes of their own.
  std::unique_ptr<TokenizerT> packed() const {
    auto tokenizer = std::make_unique<TokenizerT>(static_cast<const TokenizerT&>(*this));
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(WordTables::Pack(builder, static_cast<const WordTablesT*>(this)));
    tokenizer->words.assign(builder.GetBufferPointer(),
                            builder.GetBufferPointer() + builder.GetSize());
    for (const auto& step : normalization) {
      (step->kind > NormalizationKind::Strip ? tokenizer->matches : tokenizer->normalizes) = true;
    }
    tokenizer->escapes = !escape.empty() || prefix_level > 0 || prefix_once ||
                         !decode_escape.empty() || decode_bytes ||
                         decode_first != FirstToken::Whole;
    return tokenizer;
  }
};

}  // namespace fovea::schema

#endif  // FOVEA_SCHEMA_WORD_TOKENIZER_H_
