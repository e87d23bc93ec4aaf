#include "runtime/verify.h"

namespace fovea {
namespace {

// The least that parts of a header take in it. What is referred to twice counts twice, so a file
// whose parts are shared counts more bytes than it has, and is refused: reading it would take
// longer than its bytes explain.
class Bytes {
 public:
  uint64_t total() const { return total_; }

  // A table and the reference to it.
  void add_table() { total_ += 8; }
  // A vector and the field that refers to it.
  template <class T>
  void add(const flatbuffers::Vector<T>* vector) {
    if (vector != nullptr) total_ += 8 + uint64_t{vector->size()} * sizeof(T);
  }
  // A string and the reference to it.
  void add(const flatbuffers::String* text) { total_ += 8 + uint64_t{text->size()}; }

 private:
  uint64_t total_ = 0;
};

void add_method(const schema::Method& method, Bytes* bytes) {
  bytes->add_table();
  bytes->add(method.inputs());
  bytes->add(method.outputs());
  for (uint32_t i = 0; i < size_of(method.tensors()); ++i) {
    bytes->add_table();
    bytes->add(method.tensors()->Get(i)->extents());
    bytes->add(method.tensors()->Get(i)->dims());
  }
  for (uint32_t i = 0; i < size_of(method.operators()); ++i) {
    const schema::Operator& op = *method.operators()->Get(i);
    bytes->add_table();
    if (op.attributes() != nullptr) bytes->add_table();
    bytes->add(op.inputs());
    bytes->add(op.outputs());
    bytes->add(op.weights());
    bytes->add(op.states());
  }
  for (uint32_t i = 0; i < size_of(method.updates()); ++i) bytes->add_table();
}

void add_tokenizer(const schema::Tokenizer& tokenizer, Bytes* bytes) {
  bytes->add_table();
  for (uint32_t i = 0; i < size_of(tokenizer.pieces()); ++i) bytes->add(tokenizer.pieces()->Get(i));
  bytes->add(tokenizer.scores());
  bytes->add(tokenizer.sorted());
}

void add_run(const schema::FingerprintRun& run, Bytes* bytes) {
  bytes->add_table();
  bytes->add(run.dims());
  for (uint32_t i = 0; i < size_of(run.inputs()); ++i) {
    bytes->add_table();
    bytes->add(run.inputs()->Get(i)->data());
  }
}

uint64_t least_bytes(const schema::Model& model) {
  Bytes bytes;
  for (uint32_t i = 0; i < size_of(model.weights()); ++i) {
    bytes.add_table();
    bytes.add(model.weights()->Get(i)->shape());
  }
  for (uint32_t i = 0; i < size_of(model.states()); ++i) bytes.add_table();
  for (uint32_t i = 0; i < size_of(model.methods()); ++i) {
    add_method(*model.methods()->Get(i), &bytes);
  }
  for (uint32_t i = 0; i < size_of(model.tokenizers()); ++i) {
    add_tokenizer(*model.tokenizers()->Get(i), &bytes);
  }
  for (uint32_t i = 0; i < size_of(model.fingerprint()); ++i) {
    add_run(*model.fingerprint()->Get(i), &bytes);
  }
  return bytes.total();
}

// Tokenizers hold vectors of strings, which the verifier of FlatBuffers walks once for each
// reference to a tokenizer without counting them: so there may be few. True where all is well so
// far.
bool few_tokenizers(const unsigned char* header, flatbuffers::Verifier* verifier) {
  const auto offset = verifier->VerifyOffset(0);
  if (offset == 0) return false;
  const auto* root = reinterpret_cast<const flatbuffers::Table*>(header + offset);
  constexpr auto kField = schema::Model::VT_TOKENIZERS;
  if (!root->VerifyTableStart(*verifier) || !root->VerifyOffset(*verifier, kField)) return false;
  const auto* list =
      root->GetPointer<const flatbuffers::Vector<flatbuffers::Offset<schema::Tokenizer>>*>(kField);
  return verifier->VerifyVector(list) && size_of(list) <= kMaxTokenizers;
}

}  // namespace

fovea_code verify_structure(const unsigned char* header, uint64_t size, fovea_error* error) {
  const Where where = {FOVEA_TABLE_FILE, 0, 0, FOVEA_FIELD_HEADER};
  if (size < 16) return fail(error, FOVEA_BAD_STRUCTURE, where);
  // A table takes 4 bytes, and the reference to it 4.
  const auto tables = static_cast<flatbuffers::uoffset_t>(size / 8);
  constexpr flatbuffers::uoffset_t kDepth = 8;  // a model's attributes lie four deep
  const size_t bytes = static_cast<size_t>(size);
  flatbuffers::Verifier first(header, bytes, kDepth, tables);
  flatbuffers::Verifier verifier(header, bytes, kDepth, tables);
  if (!few_tokenizers(header, &first) || !schema::VerifyModelBuffer(verifier)) {
    return fail(error, FOVEA_BAD_STRUCTURE, where);
  }
  const uint64_t least = least_bytes(*schema::GetModel(header));
  return least <= size ? FOVEA_OK : fail(error, FOVEA_TOO_COMPLEX, where, least, size);
}

}  // namespace fovea
