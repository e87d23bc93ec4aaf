// Pieces of single bytes.

#ifndef FOVEA_RUNTIME_TEXT_BYTE_PIECES_H_
#define FOVEA_RUNTIME_TEXT_BYTE_PIECES_H_

#include "runtime/text/vocabulary.h"
#include "runtime/verify.h"

namespace fovea {

inline constexpr uint32_t kNoPiece = 0xFFFFFFFF;  // of a byte

// Of a table that has 256.
inline fovea_code verify_byte_pieces(const schema::Tokenizer& t,
                                     const flatbuffers::Vector<uint32_t>& bytes, const Where& where,
                                     fovea_error* error) {
  for (uint32_t i = 0; i < 256; ++i) {
    if (bytes.Get(i) == kNoPiece) continue;
    FOVEA_TRY(
        check_below(bytes.Get(i), size_of(t.pieces()), where.at(FOVEA_FIELD_ATTRIBUTE, i), error));
  }
  return FOVEA_OK;
}

// The same of one that may have none.
inline fovea_code verify_any_byte_pieces(const schema::Tokenizer& t,
                                         const flatbuffers::Vector<uint32_t>* bytes,
                                         const Where& where, fovea_error* error) {
  const uint32_t count = size_of(bytes);
  if (count == 0) return FOVEA_OK;
  if (count != 256) {
    return fail_at(error, FOVEA_BAD_SHAPE, where, FOVEA_FIELD_COUNT, count, 256u);
  }
  return verify_byte_pieces(t, *bytes, where, error);
}

inline fovea_code verify_fallback(const schema::Tokenizer& t, const Where& where,
                                  fovea_error* error) {
  return verify_any_byte_pieces(t, words_of(t).bytes(), where, error);
}

// The pieces of a text's bytes; 0 where the table has not all of them.
inline int32_t byte_fallback(const schema::WordTables& words, Text text, int32_t* ids) {
  if (size_of(words.bytes()) == 0) return 0;
  for (size_t i = 0; i < text.size; ++i) {
    const uint32_t id = words.bytes()->Get(static_cast<unsigned char>(text.data[i]));
    if (id == kNoPiece) return 0;
    ids[i] = static_cast<int32_t>(id);
  }
  return static_cast<int32_t>(text.size);
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_BYTE_PIECES_H_
