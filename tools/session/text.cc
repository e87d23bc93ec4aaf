#include "tools/session/text.h"

#include <algorithm>
#include <set>

#include "runtime/features.h"
#include "runtime/text/word_tables.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

// Whether the pieces of a text stand for no more of its bytes than they have.
bool keeps_all(const schema::Tokenizer& table) {
  bool keeps = size_of(words_of(table).normalization()) == 0 && table.unknown() < 0;
  for (uint32_t i = 0; i < size_of(words_of(table).splitters()); ++i) {
    keeps = keeps && !words_of(table).splitters()->Get(i)->drop();
  }
  for (uint32_t i = 0; i < size_of(words_of(table).added()); ++i) {
    const schema::AddedToken* token = words_of(table).added()->Get(i);
    keeps = keeps && !token->strip_left() && !token->strip_right();
  }
  return keeps;
}

}  // namespace

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
  unbounded_ =
      is_of_words(table) ? !keeps_all(table) : merges && table.unknown() >= 0 && bytes.size() < 256;
}

bool Text::says_around() const {
  return is_of_words(*file_->tables().tokenizers()->Get(tokenizer_.index()));
}

size_t Text::before() const {
  const auto* single = words_of(*file_->tables().tokenizers()->Get(tokenizer_.index())).single();
  uint32_t count = 0;
  while (count < size_of(single) && single->Get(count) >= 0) ++count;
  return count;
}

// Few texts need as much room as some might, so that it starts with less.
TokenSequence Text::tokenize(std::initializer_list<std::string_view> texts, size_t limit,
                             uint32_t flags) const {
  std::vector<fovea_span> spans;
  size_t size = 0;
  for (const std::string_view text : texts) {
    spans.push_back({text.data(), text.size()});
    size += text.size();
  }
  const size_t most = std::min(tokenizer_.room(size), kMostRoom);
  for (size_t room = std::min(2 * size + 256, most);; room = std::min(2 * room, most)) {
    TokenSequence made;
    made.ids.resize(room);
    made.types.resize(room);
    fovea_tokens tokens = {made.ids.data(), room, made.types.data(), room, limit, 0, false};
    const Status status = spans.size() == 1
                              ? tokenizer_.tokenize(spans[0], &tokens, flags)
                              : tokenizer_.tokenize(spans[0], spans[1], &tokens, flags);
    if (!status && status.error().code() == FOVEA_ARENA_TOO_SMALL && room < most) continue;
    file_->check(status);
    made.ids.resize(tokens.count);
    made.types.resize(tokens.count);
    made.cut = tokens.cut;
    return made;
  }
}

std::vector<int32_t> Text::encode(const std::string& text, bool special) const {
  const uint32_t flags = FOVEA_TEXT_BARE | FOVEA_TEXT_WHOLE;
  return tokenize({text}, 0, special ? flags | FOVEA_TEXT_SPECIAL : flags).ids;
}

TokenSequence Text::sequence(const std::string& text, size_t limit) const {
  const schema::Tokenizer& table = *file_->tables().tokenizers()->Get(tokenizer_.index());
  const size_t filled = table.filled();
  if (filled == 0 || table.pad() < 0) return tokenize({text}, limit, 0);
  TokenSequence made = tokenize({text}, std::min(limit, filled), 0);
  while (made.ids.size() < std::min(limit, filled)) {
    made.ids.push_back(table.pad());
    made.types.push_back(0);
  }
  return made;
}

TokenSequence Text::pair(const std::string& first, const std::string& second, size_t limit) const {
  return tokenize({first, second}, limit, 0);
}

TokenSequence Text::whole(const std::string& text) const {
  return tokenize({text}, 0, FOVEA_TEXT_WHOLE);
}

std::string Text::decode(int32_t previous, int32_t id) const {
  if (id < 0 || static_cast<uint32_t>(id) >= pieces_) return {};
  std::string text(std::max<size_t>(longest_ + 1, 64), '\0');
  text.resize(file_->check(tokenizer_.decode(previous, id, text.data(), text.size())));
  return text;
}

std::set<int32_t> silent_ids(const ModelFile& file) {
  std::set<int32_t> ids;
  for (const fovea_special kind : {FOVEA_SPECIAL_BEGIN, FOVEA_SPECIAL_END, FOVEA_SPECIAL_PADDING,
                                   FOVEA_SPECIAL_START, FOVEA_SPECIAL_FORCED}) {
    uint32_t count = 0;
    const int32_t* list = file.model().special_ids(kind, &count);
    ids.insert(list, list + count);
  }
  auto tokenizer = file.model().tokenizer("target");
  if (!tokenizer) tokenizer = file.model().tokenizer("text");
  if (!tokenizer) return ids;
  const schema::Tokenizer& table = *file.tables().tokenizers()->Get(tokenizer->index());
  if (!is_of_words(table)) return ids;
  for (uint32_t i = 0; i < size_of(words_of(table).added()); ++i) {
    const schema::AddedToken* token = words_of(table).added()->Get(i);
    if (token->special()) ids.insert(static_cast<int32_t>(token->id()));
  }
  return ids;
}

}  // namespace fovea::tools
