// The ModelProto of SentencePiece, as far as it says how texts are encoded.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_PROTO_H_
#define FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_PROTO_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

struct SentencePieceProto {
  enum Type { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };
  enum Model { kUnigram = 1, kBpe = 2 };

  struct Piece {
    std::string text;
    float score = 0;
    int32_t type = kNormal;
  };

  std::vector<Piece> pieces;
  int32_t model = kUnigram;
  bool byte_fallback = false;
  std::vector<uint8_t> charsmap;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

// Throws InputError, beginning with `where`, for what is damaged, not known, or cannot be
// converted.
SentencePieceProto read_proto(std::span<const uint8_t> bytes, const std::string& where);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_SENTENCE_PIECE_PROTO_H_
