#include "runtime/verify.h"

namespace fovea {
namespace {

// FlatBuffers would call strncmp(), 130 bytes of firmware that nothing else needs.
bool has_identifier(const unsigned char* header, uint64_t size) {
  const char* id = schema::ModelIdentifier();
  constexpr uint64_t kOffset = sizeof(flatbuffers::uoffset_t);
  if (size < kOffset + flatbuffers::kFileIdentifierLength) return false;
  for (size_t i = 0; i < flatbuffers::kFileIdentifierLength; ++i) {
    if (header[kOffset + i] != static_cast<unsigned char>(id[i])) return false;
  }
  return true;
}

// Tokenizers hold vectors of strings, which the verifier of FlatBuffers walks once for each
// reference to a tokenizer without counting them: so there may be few. True where all is well so
// far.
bool few_tokenizers(const unsigned char* header, flatbuffers::Verifier verifier) {
  const auto offset = verifier.VerifyOffset(0);
  if (offset == 0) return false;
  const auto* root = reinterpret_cast<const flatbuffers::Table*>(header + offset);
  constexpr auto kField = schema::Model::VT_TOKENIZERS;
  if (!root->VerifyTableStart(verifier) || !root->VerifyOffset(verifier, kField)) return false;
  const auto* list =
      root->GetPointer<const flatbuffers::Vector<flatbuffers::Offset<schema::Tokenizer>>*>(kField);
  return verifier.VerifyVector(list) && size_of(list) <= kMaxTokenizers;
}

}  // namespace

// Parts of a FlatBuffer may be shared, so that a few bytes stand for many tables. The verifier
// counts a table each time it is referred to. Without sharing a table takes 16 bytes on the average
// or more: 4 for itself, 4 for the reference to it, and its fields; an empty one stands beside the
// operator whose attributes it is, which takes 24. All that the later checks do is for a table, or
// bounded apart.
fovea_code verify_structure(const unsigned char* header, uint64_t size, fovea_error* error) {
  constexpr uint32_t kTableBytes = 16;
  constexpr flatbuffers::uoffset_t kDepth = 8;  // a model's attributes lie four deep
  const auto tables = static_cast<flatbuffers::uoffset_t>(size / kTableBytes);
  flatbuffers::Verifier verifier(header, static_cast<size_t>(size), kDepth, tables);
  if (has_identifier(header, size) && few_tokenizers(header, verifier) &&
      verifier.VerifyBuffer<schema::Model>(nullptr)) {
    return FOVEA_OK;
  }
  return fail(error, FOVEA_BAD_STRUCTURE, {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_HEADER});
}

}  // namespace fovea
