// Tokens that are found in a text before it is split.

#ifndef FOVEA_RUNTIME_TEXT_ADDED_H_
#define FOVEA_RUNTIME_TEXT_ADDED_H_

#include "runtime/error.h"
#include "runtime/text/vocabulary.h"

namespace fovea {

// A part of a text: a token, or what lies between tokens.
struct TextPart {
  Text text;
  int32_t id = -1;  // of the token; -1: none
};

// Which special tokens count that a text spells: none, all, or those that are `inside` of some
// places.
struct Specials {
  bool counted = false;
  bool (*inside)(const void* places, const char* begin, const char* end) = nullptr;
  const void* places = nullptr;
};

// The parts of a text from left to right: at each place the longest token that begins there. White
// space beside a token is part of it where the token says so.
class AddedTokens {
 public:
  // `normalized`: which half of the table.
  AddedTokens(const schema::Tokenizer& table, bool normalized, const Specials& specials, Text text);

  // False at the end.
  bool next(TextPart* part);

 private:
  int32_t match(size_t at, size_t* size) const;
  bool counts(const schema::AddedToken& token, size_t begin, size_t end) const;
  bool is_word_point(uint32_t point) const;
  void take(const schema::AddedToken& token, size_t begin, size_t end);

  const schema::Tokenizer& table_;
  uint32_t first_, end_;  // of the table's entries
  Specials specials_;
  Text text_;
  size_t from_ = 0;       // bytes that were given
  size_t search_ = 0;     // where the next token may begin
  size_t space_end_ = 0;  // of the white space behind a token
  TextPart token_;        // that comes after what lies before it
};

// Whether the table of added tokens is sound.
fovea_code verify_added(const schema::Tokenizer& t, const Where& where, fovea_error* error);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_ADDED_H_
