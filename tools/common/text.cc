#include "tools/common/text.h"

#include <algorithm>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

bool harmless(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || (byte >= 32 && byte != 127);
}

}  // namespace

Text::Text(const ModelFile& file, const char* name) : file_(file), special_{} {
  const auto tokenizer = file.model().tokenizer(name);
  if (!tokenizer) {
    fail("{}: has no tokenizer '{}': convert it with --tokenizer FILE", file.path(), name);
  }
  tokenizer_ = *tokenizer;
  special_ = file.check(tokenizer_.info());
  const auto* pieces = file.tables().tokenizers()->Get(tokenizer_.index())->pieces();
  for (uint32_t i = 0; i < size_of(pieces); ++i) {
    longest_ = std::max<size_t>(longest_, pieces->Get(i)->size());
  }
}

std::vector<int32_t> Text::encode(const std::string& text) const {
  std::vector<int32_t> ids(text.size() + 1);
  ids.resize(file_.check(tokenizer_.encode(text.data(), text.size(), ids.data(), ids.size())));
  return ids;
}

std::string Text::decode(int32_t previous, int32_t id) const {
  std::string text(longest_, '\0');
  text.resize(file_.check(tokenizer_.decode(previous, id, text.data(), text.size())));
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return !harmless(c); }),
             text.end());
  return text;
}

}  // namespace fovea::tools
