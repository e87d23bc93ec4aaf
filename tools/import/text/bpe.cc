#include "tools/import/text/bpe.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/text/byte_alphabet.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/limits.h"
#include "tools/import/text/unigram.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr uint32_t kNoPiece = UINT32_MAX;  // of a byte

class BpeReader {
 public:
  BpeReader(const json& model, bool bytes, schema::WordTokenizerT& tokenizer,
            const std::string& where)
      : fields_(model, where), of_bytes_(bytes), tokenizer_(tokenizer), where_(where) {}

  void read() {
    fields_.ignore({"type"});
    fields_.refuse({"dropout", "continuing_subword_prefix"});
    // Of characters it would be looked for behind each of them.
    if (!of_bytes_) fields_.refuse({"end_of_word_suffix"});
    if (fields_.has("end_of_word_suffix")) suffix_ = fields_.text("end_of_word_suffix");
    tokenizer_.kind =
        of_bytes_ ? schema::TokenizerKind::RankedMerges : schema::TokenizerKind::CharacterMerges;
    tokenizer_.whole_words = fields_.flag("ignore_merges", false);
    read_vocabulary();
    if (fields_.has("unk_token"))
      tokenizer_.unknown = static_cast<int32_t>(id_of(fields_.text("unk_token")));
    of_bytes_ ? read_bytes() : read_fallback();
    read_merges();
    fields_.expect_all_read();
  }

 private:
  void read_vocabulary() {
    for (const auto& [piece, id] : fields_.object("vocab").items()) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMostPieces) {
        fail("{}: the piece {} has the id {}; it must be a whole number below {}", where_,
             show_json(piece), show_json(id), kMostPieces);
      }
      const auto number = id.get<uint32_t>();
      ids_[piece] = number;
      if (number >= tokenizer_.pieces.size()) tokenizer_.pieces.resize(number + 1);
      // Pieces that no bytes become, such as special tokens, are what they say.
      const auto bytes = of_bytes_ ? piece_bytes(piece) : std::optional(piece);
      if (bytes) tokenizer_.sorted.push_back(number);
      tokenizer_.pieces[number] = bytes.value_or(piece);
    }
    if (ids_.empty()) fail("{}: vocab has no pieces", where_);
    const auto& pieces = tokenizer_.pieces;
    std::sort(tokenizer_.sorted.begin(), tokenizer_.sorted.end(), [&](uint32_t a, uint32_t b) {
      return std::tie(pieces[a], a) < std::tie(pieces[b], b);
    });
    if (ids_.size() > pieces.size() || twice()) fail("{}: vocab has an id of two pieces", where_);
  }

  // Whether an id came twice; its later piece took the place of the earlier one.
  bool twice() const {
    std::vector<bool> seen(tokenizer_.pieces.size());
    for (const auto& [piece, id] : ids_) {
      if (seen[id]) return true;
      seen[id] = true;
    }
    return false;
  }

  // The pieces of single bytes, with the suffix behind them; whether there are all.
  bool find_bytes(const std::string& suffix, std::vector<uint32_t>& pieces) const {
    bool complete = true;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const auto found = ids_.find(byte_character(static_cast<uint8_t>(byte)) + suffix);
      pieces.push_back(found == ids_.end() ? kNoPiece : found->second);
      complete &= found != ids_.end();
    }
    return complete;
  }

  void read_bytes() {
    bool complete = find_bytes("", tokenizer_.bytes);
    if (!suffix_.empty()) complete &= find_bytes(suffix_, tokenizer_.end_bytes);
    const bool fuses = fields_.flag("fuse_unk", false);
    const bool falls_back = fields_.flag("byte_fallback", false);
    if (complete || !(fuses || falls_back)) return;
    fail("{}: vocab has not all bytes, and {} says what becomes of them; it cannot be converted",
         where_, fuses ? "fuse_unk" : "byte_fallback");
  }

  // What becomes of characters that are no pieces.
  void read_fallback() {
    tokenizer_.fuses = fields_.flag("fuse_unk", false);
    if (!fields_.flag("byte_fallback", false)) return;
    tokenizer_.bytes = byte_piece_ids({ids_.begin(), ids_.end()});
  }

  uint32_t id_of(const std::string& piece) const {
    const auto found = ids_.find(piece);
    if (found == ids_.end()) fail("{}: the piece {} is not in vocab", where_, show_json(piece));
    return found->second;
  }

  // Two pieces, in one text or a list.
  std::pair<std::string, std::string> pair_of(const json& merge) const {
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      return {merge[0].get<std::string>(), merge[1].get<std::string>()};
    }
    const std::string text = merge.is_string() ? merge.get<std::string>() : "";
    const size_t space = text.find(' ');
    if (space == text.npos || text.find(' ', space + 1) != text.npos) {
      fail("{}: the merge {} is not two pieces", where_, show_json(merge));
    }
    return {text.substr(0, space), text.substr(space + 1)};
  }

  void read_merges() {
    // By first and second piece. A pair that comes twice has its last rank, as in the library.
    std::map<std::pair<uint32_t, uint32_t>, schema::Merge> merges;
    uint32_t rank = 0;
    for (const json& merge : fields_.list("merges")) {
      if (merge.is_string() && merge.get<std::string>().starts_with("#version")) continue;
      const auto [first, second] = pair_of(merge);
      const std::pair ids(id_of(first), id_of(second));
      merges[ids] = schema::Merge(ids.second, id_of(first + second), rank++);
    }
    auto& starts = tokenizer_.merge_starts;
    for (const auto& [ids, merge] : merges) {
      while (starts.size() <= ids.first) {
        starts.push_back(static_cast<uint32_t>(tokenizer_.merges.size()));
      }
      tokenizer_.merges.push_back(merge);
    }
    starts.resize(tokenizer_.pieces.size() + 1, static_cast<uint32_t>(tokenizer_.merges.size()));
  }

  Fields fields_;
  bool of_bytes_;
  schema::WordTokenizerT& tokenizer_;
  const std::string& where_;
  std::string suffix_;  // of pieces that end words (CLIP's </w>)
  std::unordered_map<std::string, uint32_t> ids_;
};

}  // namespace

void read_bpe(const json& model, bool bytes, schema::WordTokenizerT& tokenizer,
              const std::string& where) {
  BpeReader(model, bytes, tokenizer, where).read();
}

}  // namespace fovea::tools
