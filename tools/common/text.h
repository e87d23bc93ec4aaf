// A tokenizer of a model file, on strings.

#ifndef FOVEA_TOOLS_COMMON_TEXT_H_
#define FOVEA_TOOLS_COMMON_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/common/session.h"

namespace fovea::tools {

class Text {
 public:
  // Throws InputError where the file has no such tokenizer.
  Text(const ModelFile& file, const char* name);

  const fovea_special_tokens& special() const { return special_; }
  // No special tokens are added.
  std::vector<int32_t> encode(const std::string& text) const;
  // One token's bytes after `previous` (-1: none), without control characters that a terminal
  // would obey.
  std::string decode(int32_t previous, int32_t id) const;

 private:
  const ModelFile& file_;
  Tokenizer tokenizer_;
  fovea_special_tokens special_;
  size_t longest_ = 64;  // bytes of a piece
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_TEXT_H_
