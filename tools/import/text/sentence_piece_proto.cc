#include "tools/import/text/sentence_piece_proto.h"
#include "tools/import/text/limits.h"

#include <cmath>

#include "runtime/text/utf8.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/wire_format.h"

namespace fovea::tools {
namespace {

[[noreturn]] void unknown_field(const WireFields& fields) {
  fail("{}: field {} is not known; it cannot be converted", fields.where(), fields.number());
}

SentencePieceProto::Piece read_piece(WireFields fields) {
  SentencePieceProto::Piece piece;
  while (fields.next()) {
    switch (fields.number()) {
      case 1:
        piece.text = fields.text();
        break;
      case 2:
        piece.score = fields.real();
        break;
      case 3:
        piece.type = fields.whole();
        break;
      default:
        unknown_field(fields);
    }
  }
  const Text text = {piece.text.data(), piece.text.size()};
  if (piece.text.empty() || !is_utf8(text) || !std::isfinite(piece.score) || piece.type < 1 ||
      piece.type > SentencePieceProto::kByte) {
    fail("{}: {} is no sound piece", fields.where(), printable(piece.text));
  }
  return piece;
}

// What training was told, most of which says nothing about encoding.
void read_trainer(WireFields fields, SentencePieceProto& proto) {
  constexpr uint32_t kLastField = 54;
  while (fields.next()) {
    switch (fields.number()) {
      case 3:
        proto.model = fields.whole();
        break;
      case 24:
        if (fields.flag()) {
          fail("{}: treat_whitespace_as_suffix cannot be converted", fields.where());
        }
        break;
      case 35:
        proto.byte_fallback = fields.flag();
        break;
      default:
        if (fields.number() > kLastField) unknown_field(fields);
    }
  }
  if (proto.model != SentencePieceProto::kUnigram && proto.model != SentencePieceProto::kBpe) {
    fail("{}: model_type {} cannot be converted: Unigram (1) and BPE (2) can", fields.where(),
         proto.model);
  }
}

void read_normalizer_spec(WireFields fields, SentencePieceProto& proto) {
  while (fields.next()) {
    switch (fields.number()) {
      case 1:  // names
      case 6:
        break;
      case 2: {
        const auto bytes = fields.bytes();
        proto.charsmap.assign(bytes.begin(), bytes.end());
        break;
      }
      case 3:
        proto.add_dummy_prefix = fields.flag();
        break;
      case 4:
        proto.remove_extra_whitespaces = fields.flag();
        break;
      case 5:
        proto.escape_whitespaces = fields.flag();
        break;
      default:
        unknown_field(fields);
    }
  }
}

// Rules for decoded texts, which no known model has.
void expect_no_rules(WireFields fields) {
  while (fields.next()) {
    if (fields.number() == 2 && !fields.bytes().empty()) {
      fail("{}: rules for decoded texts cannot be converted", fields.where());
    }
  }
}

}  // namespace

SentencePieceProto read_proto(std::span<const uint8_t> bytes, const std::string& where) {
  SentencePieceProto proto;
  WireFields fields(bytes, where);
  while (fields.next()) {
    switch (fields.number()) {
      case 1:
        proto.pieces.push_back(read_piece(
            {fields.bytes(), fmt::format("{}: pieces[{}]", where, proto.pieces.size())}));
        break;
      case 2:
        read_trainer({fields.bytes(), where + ": trainer_spec"}, proto);
        break;
      case 3:
        read_normalizer_spec({fields.bytes(), where + ": normalizer_spec"}, proto);
        break;
      case 4:  // examples for its own test
        break;
      case 5:
        expect_no_rules({fields.bytes(), where + ": denormalizer_spec"});
        break;
      default:
        unknown_field(fields);
    }
    if (proto.pieces.size() >= kMostPieces) fail("{}: has too many pieces", where);
  }
  if (proto.pieces.empty()) fail("{}: has no pieces", where);
  return proto;
}

}  // namespace fovea::tools
