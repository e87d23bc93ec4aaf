#include "tools/import/chat/add_chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "runtime/text/word_tables.h"
#include "tools/common/printable.h"
#include "tools/import/chat/chat.h"

namespace fovea::tools::chat {
namespace {

constexpr size_t kMostJoins = 64, kLongestJoin = size_t{1} << 16;  // runtime/text/verify_chat.cc

bool generates(const schema::ModelT& model) {
  return std::any_of(model.methods.begin(), model.methods.end(),
                     [](const auto& method) { return method->name == "next"; });
}

// A special token that is looked for in the normalised text and that a join spells: the runtime
// knows which special tokens are joins' own by where they stand, which a normaliser changes.
std::string normalized_token(const schema::TokenizerT& tokenizer, const schema::ChatT& chat) {
  const auto& tables = *flatbuffers::GetRoot<schema::WordTables>(tokenizer.words.data());
  if (size_of(tables.normalization()) == 0) return {};
  for (uint32_t i = 0; i < size_of(tables.added()); ++i) {
    const schema::AddedToken* token = tables.added()->Get(i);
    if (!token->special() || !token->normalized()) continue;
    const std::string& piece = tokenizer.pieces[token->id()];
    for (const auto& join : chat.joins) {
      if (join->text.find(piece) != std::string::npos) return piece;
    }
  }
  return {};
}

// Whether a part of a text cannot go on from the tokens of another: white space goes at its
// borders, or words have marks before them that the first one would have, too.
bool marks_parts(const schema::TokenizerT& tokenizer) {
  using Kind = schema::NormalizationKind;
  const auto& tables = *flatbuffers::GetRoot<schema::WordTables>(tokenizer.words.data());
  bool marks = tokenizer.escapes && size_of(tables.prefix()) != 0 && !tables.prefix_once();
  for (uint32_t i = 0; i < size_of(tables.normalization()); ++i) {
    const schema::Normalization& n = *tables.normalization()->Get(i);
    marks |= n.kind() == Kind::Strip || (n.kind() == Kind::ReplaceMatches && n.left());
  }
  return marks;
}

// Why the model cannot have these conversations; nothing where it can.
std::string obstacle(const schema::ModelT& model, const schema::ChatT& chat) {
  if (model.tokenizers.empty()) return "the model has no tokenizer";
  const schema::TokenizerT& tokenizer = *model.tokenizers[0];
  if (tokenizer.kind == schema::TokenizerKind::ScoredMerges ||
      tokenizer.kind == schema::TokenizerKind::Characters) {
    return "the tokenizer has no special tokens";
  }
  if (chat.joins.size() > kMostJoins) return fmt::format("it has {} joins", chat.joins.size());
  for (const auto& join : chat.joins) {
    if (join->text.size() > kLongestJoin) return "what stands between messages is too long";
  }
  if (marks_parts(tokenizer)) {
    return "the tokenizer strips each text or marks each word's beginning, and a conversation goes "
           "on with parts of one text";
  }
  const std::string token = normalized_token(tokenizer, chat);
  if (token.empty()) return {};
  return fmt::format("the special token {} is looked for in normalised text", printable(token));
}

}  // namespace

void add_chat(const Checkpoint& checkpoint, Graph& graph) {
  if (!generates(graph.model)) return;
  const bool folder = std::filesystem::is_directory(checkpoint.path);
  const auto source =
      folder ? find_source(checkpoint.path) : source_of_keys(checkpoint.texts, checkpoint.path);
  if (!source) return;
  auto chat = make_chat(*source, graph.notes);
  if (!chat->joins.empty()) {
    const std::string why = obstacle(graph.model, *chat);
    if (!why.empty()) {
      *chat = {};
      chat->missing = why;
    }
  }
  if (chat->joins.empty()) {
    graph.notes.push_back(fmt::format("{}: not converted, so that generate has no --chat: {}",
                                      source->place, chat->missing));
  }
  graph.model.chat = std::move(chat);
}

}  // namespace fovea::tools::chat
