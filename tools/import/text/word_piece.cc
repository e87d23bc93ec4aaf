#include "tools/import/text/word_piece.h"

#include <algorithm>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/fields.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

// Pieces and ids, of which none is missing and none there twice.
void read_vocabulary(const json& vocab, schema::WordTokenizerT& t, const std::string& where) {
  t.pieces.resize(vocab.size());
  std::vector<bool> seen(vocab.size());
  for (const auto& [piece, id] : vocab.items()) {
    const uint64_t number = id.is_number_unsigned() ? id.get<uint64_t>() : UINT64_MAX;
    if (number >= vocab.size() || seen[number]) {
      fail("{}: {} has the id {}; the ids of {} pieces must be 0 to {}, each once", where,
           printable(piece), show_json(id), vocab.size(), vocab.size() - 1);
    }
    seen[number] = true;
    t.pieces[number] = piece;
    t.sorted.push_back(static_cast<uint32_t>(number));
  }
  std::sort(t.sorted.begin(), t.sorted.end(),
            [&](uint32_t a, uint32_t b) { return t.pieces[a] < t.pieces[b]; });
}

}  // namespace

void read_word_piece(const json& model, schema::WordTokenizerT& t, const std::string& where) {
  Fields fields(model, where);
  fields.ignore({"type"});
  t.kind = schema::TokenizerKind::WordPiece;
  const json& vocab = fields.object("vocab");
  if (vocab.empty()) fail("{}: vocab has no pieces", where);
  read_vocabulary(vocab, t, fields.place("vocab"));
  t.continuing = fields.text("continuing_subword_prefix", "##");
  const uint32_t longest =
      fields.has("max_input_chars_per_word") ? fields.count("max_input_chars_per_word") : 100;
  if (longest > 1024 || t.continuing.size() > 64) {
    fail("{}: words of {} characters, or a prefix of {} bytes, are too long: 1024 and 64 can be",
         where, longest, t.continuing.size());
  }
  t.longest_word = longest;
  const std::string unknown = fields.text("unk_token", "[UNK]");
  const auto found = vocab.find(unknown);
  if (found == vocab.end()) fail("{}: vocab has no {}, its unk_token", where, printable(unknown));
  t.unknown = found->get<int32_t>();
  fields.expect_all_read();
}

// Words that are pieces, or unknown: WordPiece, where no piece goes on with another.
void read_word_level(const json& model, schema::WordTokenizerT& t, const std::string& where) {
  Fields fields(model, where);
  fields.ignore({"type"});
  t.kind = schema::TokenizerKind::WordPiece;
  const json& vocab = fields.object("vocab");
  read_vocabulary(vocab, t, fields.place("vocab"));
  constexpr uint32_t kLongest = 1024;
  t.longest_word = kLongest;
  const auto begins = [&](const std::string& piece) { return piece.starts_with(t.continuing); };
  t.continuing = "\x01";
  while (t.continuing.size() < 64 && std::any_of(t.pieces.begin(), t.pieces.end(), begins)) {
    t.continuing += '\x01';
  }
  for (const std::string& piece : t.pieces) {
    if (piece.size() > kLongest || begins(piece)) {
      fail("{}: vocab has a piece of {} bytes, which cannot be converted", where, piece.size());
    }
  }
  const std::string unknown = fields.text("unk_token", "<unk>");
  const auto found = vocab.find(unknown);
  if (found == vocab.end()) fail("{}: vocab has no {}, its unk_token", where, printable(unknown));
  t.unknown = found->get<int32_t>();
  fields.expect_all_read();
}

}  // namespace fovea::tools
