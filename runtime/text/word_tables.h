// What only tokenizers of words have.

#ifndef FOVEA_RUNTIME_TEXT_WORD_TABLES_H_
#define FOVEA_RUNTIME_TEXT_WORD_TABLES_H_

#include "runtime/schema.h"

namespace fovea {

// Whether texts are split into words before these become pieces.
inline bool is_of_words(const schema::Tokenizer& t) {
  return t.kind() > schema::TokenizerKind::Characters;
}

// What kinds of words have besides, which has been looked at; of other kinds all of it is absent.
inline const schema::WordTables& words_of(const schema::Tokenizer& t) {
  // A table at byte 8 without fields, whose layout is at byte 4.
  alignas(4) static constexpr unsigned char kNone[] = {8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0};
  return *flatbuffers::GetRoot<schema::WordTables>(is_of_words(t) ? t.words()->data() : kNone);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_WORD_TABLES_H_
