#include "tools/import/text/sentence_piece.h"
#include "tools/import/text/limits.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/charsmap.h"
#include "tools/import/text/sentence_piece_proto.h"
#include "tools/import/text/splitter.h"
#include "tools/import/text/text_room.h"
#include "tools/import/text/unigram.h"

namespace fovea::tools {
namespace {

using schema::NormalizationKind;
using Proto = SentencePieceProto;

constexpr const char* kSpace = "\xE2\x96\x81";  // U+2581, which pieces have for a space
constexpr float kUnknownPenalty = 10;

// Of a user-defined piece of Unigram, whatever the model says (SentencePiece 0.2.3, by trial: the
// scores that others win with). It may still lose where it overlaps others.
float user_defined_score(size_t bytes) {
  return static_cast<float>(0.1 * static_cast<double>(bytes) - 0.1);
}

std::unique_ptr<schema::NormalizationT> step(NormalizationKind kind, const std::string& value) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = kind;
  made->values.assign(value.begin(), value.end());
  made->value_ends = {static_cast<uint32_t>(value.size())};
  return made;
}

enum class Place { kAnywhere, kBegin, kEnd };

// What a pattern finds there, by a value.
std::unique_ptr<schema::NormalizationT> matches(const std::string& pattern, Place place,
                                                const std::string& value) {
  auto made = step(NormalizationKind::ReplaceMatches, value);
  made->words = compile_splitter(pattern, true, "SentencePiece");
  made->left = place == Place::kBegin;
  made->right = place == Place::kEnd;
  return made;
}

class Converter {
 public:
  Converter(const Proto& proto, const std::string& where) : proto_(proto), where_(where) {}

  std::unique_ptr<schema::WordTokenizerT> convert() {
    t_.name = "text";
    read_pieces();
    normalize();
    proto_.model == Proto::kUnigram ? make_unigram() : make_merges();
    add_special();
    t_.single = {-1};
    t_.pair = {-1, -2};
    t_.pair_types = {0, 1};
    if (proto_.escape_whitespaces) t_.decode_escape = kSpace;
    t_.decode_bytes = proto_.byte_fallback;
    if (proto_.add_dummy_prefix || proto_.remove_extra_whitespaces) {
      t_.decode_first = schema::FirstToken::NoLeadingSpace;
    }
    set_room(t_);
    return std::make_unique<schema::WordTokenizerT>(std::move(t_));
  }

 private:
  void read_pieces() {
    std::map<std::string, uint32_t> bytes;
    for (const Proto::Piece& piece : proto_.pieces) {
      const auto id = static_cast<uint32_t>(t_.pieces.size());
      t_.pieces.push_back(piece.text);
      if (piece.type == Proto::kUnknown) {
        if (t_.unknown >= 0) fail("{}: has two unknown pieces", where_);
        t_.unknown = static_cast<int32_t>(id);
      } else if (piece.type == Proto::kByte) {
        bytes[piece.text] = id;
      } else if (piece.type == Proto::kNormal || piece.type == Proto::kUserDefined) {
        if (!ids_.emplace(piece.text, id).second) {
          fail("{}: has the piece {} twice", where_, printable(piece.text));
        }
      }
      refuse_strange(piece);
    }
    if (t_.unknown < 0) fail("{}: has no unknown piece", where_);
    if (!proto_.byte_fallback) return;
    t_.bytes = byte_piece_ids(bytes);
    if (bytes.size() != 256 || std::count(t_.bytes.begin(), t_.bytes.end(), UINT32_MAX) > 0) {
      fail("{}: has byte_fallback, but not the pieces of all bytes", where_);
    }
  }

  void refuse_strange(const Proto::Piece& piece) const {
    if (piece.type == Proto::kUnused && proto_.model == Proto::kBpe) {
      fail("{}: the piece {} of BPE is unused, which cannot be converted", where_,
           printable(piece.text));
    }
    if (piece.type != Proto::kUserDefined) return;
    if (piece.text.find(' ') != piece.text.npos || piece.text.size() > 64) {
      fail(
          "{}: the user-defined piece {} has a space or more than 64 bytes; it cannot be converted",
          where_, printable(piece.text));
    }
  }

  // In SentencePiece's order: its rules, which leave user-defined pieces as they are; no space at
  // the ends nor two side by side; one in front; U+2581 for each.
  void normalize() {
    Charsmap map;
    if (!proto_.charsmap.empty()) map = read_charsmap(proto_.charsmap, where_);
    for (const Proto::Piece& piece : proto_.pieces) {
      if (piece.type == Proto::kUserDefined) protect(piece.text, map);
    }
    auto& steps = t_.normalization;
    if (!map.empty()) steps.push_back(replace_longest(map, where_));
    const std::string space = proto_.escape_whitespaces ? kSpace : " ";
    if (proto_.remove_extra_whitespaces) {
      steps.push_back(matches(" +", Place::kBegin, ""));
      steps.push_back(matches(" {2,}", Place::kAnywhere, " "));
    }
    if (proto_.add_dummy_prefix) steps.push_back(step(NormalizationKind::Prepend, " "));
    if (proto_.escape_whitespaces) steps.push_back(replace_longest({{" ", kSpace}}, where_));
    if (proto_.remove_extra_whitespaces) {
      steps.push_back(matches(space + "+", Place::kEnd, ""));
    }
  }

  // Where it is found, no longer rule counts.
  static void protect(const std::string& text, Charsmap& map) {
    std::erase_if(map, [&](const auto& rule) { return rule.first.starts_with(text); });
    map[text] = text;
  }

  void make_unigram() {
    float least = std::numeric_limits<float>::max();
    std::vector<double> scores;
    for (const Proto::Piece& piece : proto_.pieces) {
      if (piece.type == Proto::kNormal) least = std::min(least, piece.score);
      const bool own = piece.type == Proto::kUserDefined;
      scores.push_back(own ? user_defined_score(piece.text.size()) : piece.score);
    }
    t_.rounds = true;
    set_unigram(ids_, scores, least - kUnknownPenalty, t_, where_);
  }

  // Merges are named by what they make; whatever two pieces make it.
  void make_merges() {
    t_.kind = schema::TokenizerKind::CharacterMerges;
    t_.fuses = true;
    for (const auto& [text, id] : ids_) t_.sorted.push_back(id);
    std::vector<float> scores;
    for (const auto& [text, id] : ids_) scores.push_back(proto_.pieces[id].score);
    std::sort(scores.begin(), scores.end(), std::greater<>());
    std::map<std::pair<uint32_t, uint32_t>, schema::Merge> merges;
    for (const auto& [text, id] : ids_) {
      const auto rank =
          std::lower_bound(scores.begin(), scores.end(), proto_.pieces[id].score, std::greater<>());
      for (size_t size = 1; size < text.size(); ++size) {
        const auto first = ids_.find(text.substr(0, size)), second = ids_.find(text.substr(size));
        if (first == ids_.end() || second == ids_.end()) continue;
        if (is_whole(first->second) || is_whole(second->second)) continue;
        merges[{first->second, second->second}] =
            schema::Merge(second->second, id, static_cast<uint32_t>(rank - scores.begin()));
      }
    }
    for (const auto& [ids, merge] : merges) {
      t_.merge_starts.resize(ids.first + 1, static_cast<uint32_t>(t_.merges.size()));
      t_.merges.push_back(merge);
    }
    t_.merge_starts.resize(t_.pieces.size() + 1, static_cast<uint32_t>(t_.merges.size()));
    for (const auto& [text, id] : ids_) {
      if (is_whole(id)) add(id, false, true);
    }
  }

  // User-defined pieces merge with nothing.
  bool is_whole(uint32_t id) const { return proto_.pieces[id].type == Proto::kUserDefined; }

  void add(uint32_t id, bool special, bool normalized) {
    if (t_.pieces[id].size() > kLongestText) {
      fail("{}: the piece {} of {} bytes cannot be looked for", where_, printable(t_.pieces[id]),
           t_.pieces[id].size());
    }
    t_.added.emplace_back(id, special, normalized, false, false, false);
    t_.added_texts.push_back(t_.pieces[id]);
  }

  // These come before those that are found in normalised text.
  void add_special() {
    auto normalized = std::exchange(t_.added, {});
    auto texts = std::exchange(t_.added_texts, {});
    std::map<std::string, uint32_t> found;
    for (uint32_t id = 0; id < proto_.pieces.size(); ++id) {
      if (proto_.pieces[id].type == Proto::kControl) found[proto_.pieces[id].text] = id;
    }
    for (const auto& [text, id] : found) add(id, true, false);
    t_.added.insert(t_.added.end(), normalized.begin(), normalized.end());
    t_.added_texts.insert(t_.added_texts.end(), texts.begin(), texts.end());
  }

  const Proto& proto_;
  const std::string& where_;
  schema::WordTokenizerT t_;
  std::map<std::string, uint32_t> ids_;  // of pieces that texts may become
};

}  // namespace

std::unique_ptr<schema::WordTokenizerT> parse_sentence_piece(std::span<const uint8_t> bytes,
                                                             const std::string& where) {
  return convert_sentence_piece(read_proto(bytes, where), where);
}

std::unique_ptr<schema::WordTokenizerT> convert_sentence_piece(const Proto& proto,
                                                               const std::string& where) {
  return Converter(proto, where).convert();
}

}  // namespace fovea::tools
