// A tokenizer of a model file, on strings.

#ifndef FOVEA_TOOLS_SESSION_TEXT_H_
#define FOVEA_TOOLS_SESSION_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

class Text {
 public:
  // Nothing where the file has no such tokenizer.
  static std::optional<Text> find(const ModelFile& file, const char* name);

  // Bytes of text that one token may stand for at most. Where the unknown piece is needed, it
  // stands for any number.
  size_t longest() const { return unbounded_ ? SIZE_MAX : longest_; }
  // No special tokens are added.
  std::vector<int32_t> encode(const std::string& text) const;
  // One token's bytes after `previous` (-1: none), as the model says them: they may be anything.
  // None for a token that has no piece.
  std::string decode(int32_t previous, int32_t id) const;

 private:
  Text(const ModelFile& file, const Tokenizer& tokenizer);

  const ModelFile* file_;
  Tokenizer tokenizer_;
  uint32_t pieces_ = 0;
  size_t longest_ = 4;  // bytes: a character, or a piece
  bool unbounded_ = false;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_TEXT_H_
