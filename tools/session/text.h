// A tokenizer of a model file, on strings.

#ifndef FOVEA_TOOLS_SESSION_TEXT_H_
#define FOVEA_TOOLS_SESSION_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// Ids that room is made for at most: 4 GiB.
inline constexpr size_t kMostRoom = size_t{1} << 30;

// What a model takes of a text, or of two.
struct TokenSequence {
  std::vector<int32_t> ids;
  std::vector<int32_t> types;  // as long: of which text each token is, 0 or 1
  bool cut = false;            // there were more tokens than may be
};

class Text {
 public:
  // Nothing where the file has no such tokenizer.
  static std::optional<Text> find(const ModelFile& file, const char* name);

  // Bytes of text that one token may stand for at most. Where the unknown piece is needed, it
  // stands for any number.
  size_t longest() const { return unbounded_ ? SIZE_MAX : longest_; }
  // Whether the tokenizer says what stands around a text, be it nothing: ids before it, and behind.
  bool says_around() const;
  // Ids that stand before a text.
  size_t before() const;

  // The text alone. `special`: special tokens that it spells are these tokens.
  std::vector<int32_t> encode(const std::string& text, bool special = false) const;
  // With what stands around. At most `limit` ids, and no more than the model was made for: the text
  // is cut at its end, of two the longer one first. Throws InputError where the limit leaves no
  // room for what stands around, or where the model takes no pairs.
  TokenSequence sequence(const std::string& text, size_t limit) const;
  TokenSequence pair(const std::string& first, const std::string& second, size_t limit) const;
  // The same with nothing cut off, be it more than the model was made for.
  TokenSequence whole(const std::string& text) const;

  // One token's bytes after `previous` (-1: none), as the model says them: they may be anything.
  // None for a token that has no piece.
  std::string decode(int32_t previous, int32_t id) const;

 private:
  Text(const ModelFile& file, const Tokenizer& tokenizer);

  TokenSequence tokenize(std::initializer_list<std::string_view> texts, size_t limit,
                         uint32_t flags) const;

  const ModelFile* file_;
  Tokenizer tokenizer_;
  uint32_t pieces_ = 0;
  size_t longest_ = 4;  // bytes: a character, or a piece
  bool unbounded_ = false;
};

// Tokens of a decoder's texts that are none, whatever they are called.
std::set<int32_t> silent_ids(const ModelFile& file);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TEXT_H_
