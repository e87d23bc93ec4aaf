#include "tools/session/text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "tools/common/error.h"

namespace fovea::tools {

std::optional<Text> Text::find(const ModelFile& file, const char* name) {
  const auto tokenizer = file.model().tokenizer(name);
  if (!tokenizer) return std::nullopt;
  return Text(file, *tokenizer);
}

Text::Text(const ModelFile& file, const Tokenizer& tokenizer)
    : file_(&file), tokenizer_(tokenizer) {
  std::set<std::string> bytes;  // pieces of single bytes, such as <0x0A>
  const schema::Tokenizer& table = *file.tables().tokenizers()->Get(tokenizer.index());
  pieces_ = size_of(table.pieces());
  for (uint32_t i = 0; i < pieces_; ++i) {
    const std::string_view piece = table.pieces()->Get(i)->string_view();
    longest_ = std::max(longest_, piece.size());
    if (piece.size() == 6 && piece.starts_with("<0x")) bytes.emplace(piece);
  }
  const bool merges = table.kind() == schema::TokenizerKind::ScoredMerges;
  unbounded_ = merges && table.unknown() >= 0 && bytes.size() < 256;
}

std::vector<int32_t> Text::encode(const std::string& text) const {
  std::vector<int32_t> ids(FOVEA_ENCODE_ROOM(text.size()));
  ids.resize(file_->check(tokenizer_.encode(text.data(), text.size(), ids.data(), ids.size())));
  return ids;
}

std::string Text::decode(int32_t previous, int32_t id) const {
  if (id < 0 || static_cast<uint32_t>(id) >= pieces_) return {};
  std::string text(std::max<size_t>(longest_, 64), '\0');
  text.resize(file_->check(tokenizer_.decode(previous, id, text.data(), text.size())));
  return text;
}

}  // namespace fovea::tools
