#include "tools/import/text/unigram.h"
#include "tools/import/text/limits.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "runtime/text/byte_pieces.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/text/double_array.h"
#include "tools/import/text/fields.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr size_t kLongestPiece = 1024;       // runtime/text/unigram.cc
constexpr double kUnknownPiecePenalty = 10;  // of the library, and of SentencePiece

schema::Wide wide(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return {static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

bool is_float(double value) {
  return static_cast<double>(static_cast<float>(value)) == value;
}

}  // namespace

std::vector<uint32_t> byte_piece_ids(const std::map<std::string, uint32_t>& ids) {
  std::vector<uint32_t> bytes;
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = ids.find(fmt::format("<0x{:02X}>", byte));
    bytes.push_back(found == ids.end() ? kNoPiece : found->second);
  }
  return bytes;
}

void set_unigram(const std::map<std::string, uint32_t>& ids, const std::vector<double>& scores,
                 double unknown_score, schema::WordTokenizerT& t, const std::string& where) {
  t.kind = schema::TokenizerKind::Unigram;
  if (ids.empty()) fail("{}: has no pieces that texts become", where);
  if (std::all_of(scores.begin(), scores.end(), is_float)) {
    t.scores.assign(scores.begin(), scores.end());
  } else {
    for (const double score : scores) t.fine_scores.push_back(wide(score));
  }
  t.unknown_score = std::make_unique<schema::Wide>(wide(unknown_score));
  for (const auto& [text, id] : ids) {
    if (text.size() > kLongestPiece) {
      fail("{}: the piece {} has {} bytes, more than {}; it cannot be converted", where, id,
           text.size(), kLongestPiece);
    }
    t.longest_piece = std::max(t.longest_piece, static_cast<uint32_t>(text.size()));
  }
  t.trie = double_array(ids, where);
}

void read_unigram(const json& model, schema::WordTokenizerT& t, const std::string& where) {
  Fields fields(model, where);
  fields.ignore({"type"});
  const json& vocab = fields.list("vocab");
  if (vocab.empty() || vocab.size() >= kMostPieces) {
    fail("{}: vocab has {} pieces", where, vocab.size());
  }
  std::map<std::string, uint32_t> ids;  // of equal pieces the last, as in the library
  std::vector<double> scores;
  for (const json& entry : vocab) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number()) {
      fail("{}: {} is not a piece and its score", fields.place("vocab"), show_json(entry));
    }
    t.pieces.push_back(entry[0].get<std::string>());
    scores.push_back(entry[1].get<double>());
    if (!t.pieces.back().empty()) {
      ids[t.pieces.back()] = static_cast<uint32_t>(t.pieces.size() - 1);
    }
  }
  const double least = *std::min_element(scores.begin(), scores.end());
  if (!fields.has("unk_id")) {
    fail("{}: unk_id is missing: some texts would have no ids; it cannot be converted", where);
  }
  const uint32_t unknown = fields.count("unk_id");
  if (unknown >= t.pieces.size()) fail("{}: unk_id {} is no id of vocab", where, unknown);
  t.unknown = static_cast<int32_t>(unknown);
  if (fields.flag("byte_fallback", false)) t.bytes = byte_piece_ids(ids);
  set_unigram(ids, scores, least - kUnknownPiecePenalty, t, where);
  fields.expect_all_read();
}

}  // namespace fovea::tools
