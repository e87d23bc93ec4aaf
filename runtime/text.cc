// Text to token ids and back, without memory beyond the caller's arrays.

#include "runtime/error.h"
#include "runtime/model.h"

namespace fovea {
namespace {

struct Text {
  const char* data = "";
  size_t size = 0;
};

// The vocabulary of one tokenizer, with lookups through its sorted ids.
class Vocabulary {
 public:
  explicit Vocabulary(const schema::Tokenizer* t) : t_(t) {}

  const schema::Tokenizer& table() const { return *t_; }
  uint32_t size() const { return t_->pieces()->size(); }
  bool contains(int32_t id) const { return id >= 0 && static_cast<uint32_t>(id) < size(); }

  Text piece(int32_t id) const {
    const flatbuffers::String* s = t_->pieces()->Get(static_cast<uint32_t>(id));
    return {s->c_str(), s->size()};
  }
  float score(int32_t id) const { return t_->scores()->Get(static_cast<uint32_t>(id)); }

  // The id of `first` followed by `second`, or -1.
  int32_t find(Text first, Text second = {}) const {
    uint32_t low = 0, high = size();
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const int32_t id = static_cast<int32_t>(t_->sorted()->Get(middle));
      const int order = compare(piece(id), first, second);
      if (order == 0) return id;
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -1;
  }

 private:
  // The byte order of `a` against `first` followed by `second`.
  static int compare(Text a, Text first, Text second) {
    const size_t head = a.size < first.size ? a.size : first.size;
    const int order = std::memcmp(a.data, first.data, head);
    if (order != 0) return order;
    if (a.size < first.size) return -1;
    const size_t rest = a.size - head;
    const size_t tail = rest < second.size ? rest : second.size;
    const int tail_order = std::memcmp(a.data + head, second.data, tail);
    if (tail_order != 0) return tail_order;
    return rest == second.size ? 0 : (rest < second.size ? -1 : 1);
  }

  const schema::Tokenizer* t_;
};

// Ids in the caller's array.
struct Ids {
  int32_t* data;
  size_t capacity;
  size_t count = 0;

  bool add(int32_t id) {
    if (count == capacity) return false;
    data[count++] = id;
    return true;
  }
};

// Bytes of the UTF-8 sequence that begins here: a lead byte and its continuations, at most 4.
size_t code_point_bytes(const char* text, size_t size) {
  size_t n = 1;
  while (n < size && n < 4 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
  return n;
}

// Bytes without a piece of their own: ids 3 to 258 are the bytes 0 to 255.
constexpr int32_t kFirstByte = 3;

bool add_bytes(const Vocabulary& v, Text point, Ids* ids) {
  for (size_t i = 0; i < point.size; ++i) {
    const int32_t id = kFirstByte + static_cast<unsigned char>(point.data[i]);
    if (!v.contains(id) || !ids->add(id)) return false;
  }
  return true;
}

// One merge of the neighbours with the best score; the first of equals. False where none is left.
bool merge_best(const Vocabulary& v, Ids* ids) {
  float best_score = -1e10f;
  int32_t best_id = -1;
  size_t best = 0;
  for (size_t i = 0; i + 1 < ids->count; ++i) {
    const int32_t id = v.find(v.piece(ids->data[i]), v.piece(ids->data[i + 1]));
    if (id >= 0 && v.score(id) > best_score) {
      best_score = v.score(id);
      best_id = id;
      best = i;
    }
  }
  if (best_id < 0) return false;
  ids->data[best] = best_id;
  --ids->count;
  for (size_t i = best + 1; i < ids->count; ++i) ids->data[i] = ids->data[i + 1];
  return true;
}

fovea_code no_room(const Ids& ids, fovea_error* error) {
  return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_TOKENIZER}, ids.capacity + 1, ids.capacity);
}

// A space first, then code points or bytes, then merges (SentencePiece's BPE).
fovea_code encode_merges(const Vocabulary& v, const char* text, size_t size, Ids* ids,
                         fovea_error* error) {
  const int32_t space = v.find({" ", 1});
  if (size > 0 && space >= 0 && !ids->add(space)) return no_room(*ids, error);
  for (size_t i = 0; i < size;) {
    const Text point = {text + i, code_point_bytes(text + i, size - i)};
    const int32_t id = v.find(point);
    if (!(id >= 0 ? ids->add(id) : add_bytes(v, point, ids))) return no_room(*ids, error);
    i += point.size;
  }
  while (merge_best(v, ids)) {
  }
  return FOVEA_OK;
}

fovea_code encode_characters(const Vocabulary& v, const char* text, size_t size, Ids* ids,
                             fovea_error* error) {
  for (size_t i = 0; i < size;) {
    const Text point = {text + i, code_point_bytes(text + i, size - i)};
    const int32_t found = v.find(point);
    const int32_t id = found >= 0 ? found : v.table().unknown();
    if (id < 0) {
      return fail(error, FOVEA_OUT_OF_RANGE, {FOVEA_TABLE_TOKENIZER},
                  static_cast<unsigned char>(text[i]), 0);
    }
    if (!ids->add(id)) return no_room(*ids, error);
    i += point.size;
  }
  return FOVEA_OK;
}

// The byte that a piece like <0x0A> stands for, or -1.
int byte_of(Text piece) {
  if (piece.size != 6 || std::memcmp(piece.data, "<0x", 3) != 0 || piece.data[5] != '>') return -1;
  int value = 0;
  for (int i = 3; i < 5; ++i) {
    const char c = piece.data[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

const schema::Tokenizer* tokenizer_at(const fovea_model* model, uint32_t index) {
  if (model == nullptr) return nullptr;
  const auto* list = view(model).root->tokenizers();
  return index < size_of(list) ? list->Get(index) : nullptr;
}

}  // namespace
}  // namespace fovea

extern "C" {

fovea_code fovea_tokenizer_info(const fovea_model* model, uint32_t tokenizer,
                                fovea_special_tokens* out) {
  const auto* t = fovea::tokenizer_at(model, tokenizer);
  if (t == nullptr || out == nullptr) return FOVEA_BAD_ARGUMENT;
  *out = {t->bos(), t->eos(), t->pad(), t->unknown(), t->pieces()->size()};
  return FOVEA_OK;
}

fovea_code fovea_encode(const fovea_model* model, uint32_t tokenizer, const char* text, size_t size,
                        int32_t* ids, size_t capacity, size_t* count, fovea_error* error) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  if (t == nullptr || count == nullptr || (text == nullptr && size > 0) ||
      (ids == nullptr && capacity > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, {FOVEA_TABLE_TOKENIZER, tokenizer});
  }
  const Vocabulary vocabulary(t);
  Ids list = {ids, capacity};
  FOVEA_TRY(t->kind() == schema::TokenizerKind::ScoredMerges
                ? encode_merges(vocabulary, text, size, &list, error)
                : encode_characters(vocabulary, text, size, &list, error));
  *count = list.count;
  return succeed(error);
}

fovea_code fovea_decode(const fovea_model* model, uint32_t tokenizer, int32_t previous, int32_t id,
                        char* text, size_t capacity, size_t* size, fovea_error* error) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  const Where where = {FOVEA_TABLE_TOKENIZER, tokenizer};
  if (t == nullptr || text == nullptr || size == nullptr) {
    return fail(error, FOVEA_BAD_ARGUMENT, where);
  }
  const Vocabulary vocabulary(t);
  if (!vocabulary.contains(id)) {
    return fail(error, FOVEA_OUT_OF_RANGE, where, static_cast<uint64_t>(int64_t{id}),
                vocabulary.size());
  }
  Text piece = vocabulary.piece(id);
  char byte;
  if (t->kind() == schema::TokenizerKind::ScoredMerges) {
    // The space that encoding puts before a text is not part of it.
    if (previous == t->bos() && piece.size > 0 && piece.data[0] == ' ') {
      piece = {piece.data + 1, piece.size - 1};
    }
    const int value = byte_of(piece);
    if (value >= 0) {
      byte = static_cast<char>(value);
      piece = {&byte, 1};
    }
  }
  if (piece.size > capacity) return fail(error, FOVEA_ARENA_TOO_SMALL, where, capacity, piece.size);
  std::memcpy(text, piece.data, piece.size);
  *size = piece.size;
  return succeed(error);
}

}  // extern "C"
