// The pieces of one tokenizer, with lookups through its sorted ids.

#ifndef FOVEA_RUNTIME_TEXT_VOCABULARY_H_
#define FOVEA_RUNTIME_TEXT_VOCABULARY_H_

#include <stddef.h>
#include <stdint.h>

#include "runtime/model.h"
#include "runtime/text/word_tables.h"

namespace fovea {

struct Text {
  const char* data = "";
  size_t size = 0;
};

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

  // Pieces that words are made of.
  uint32_t sorted_size() const { return size_of(t_->sorted()); }
  int32_t sorted_id(uint32_t i) const { return static_cast<int32_t>(t_->sorted()->Get(i)); }

  // The id of `first` followed by `second`, or -1. A binary search that looks at each byte of the
  // key about once: all pieces between two bounds begin with what the key shares with both.
  int32_t find(Text first, Text second = {}) const {
    uint32_t low = 0, high = sorted_size();
    size_t low_same = 0, high_same = 0;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      const int32_t id = sorted_id(middle);
      size_t same = low_same < high_same ? low_same : high_same;
      const int order = compare(piece(id), first, second, &same);
      if (order == 0) return id;
      if (order < 0) {
        low = middle + 1;
        low_same = same;
      } else {
        high = middle;
        high_same = same;
      }
    }
    return -1;
  }

 private:
  // The byte order of `a` against `first` followed by `second`, whose first `same` bytes are equal;
  // then `same` is how many are. Nobody has checked that a file's ids are sorted, so `a` may be
  // shorter than that.
  static int compare(Text a, Text first, Text second, size_t* same) {
    const size_t size = first.size + second.size;
    size_t i = *same;
    while (i < a.size && i < size && a.data[i] == at(first, second, i)) ++i;
    *same = i;
    if (i == size) return a.size == size ? 0 : 1;
    if (i >= a.size) return -1;
    const auto ours = static_cast<unsigned char>(a.data[i]);
    return ours < static_cast<unsigned char>(at(first, second, i)) ? -1 : 1;
  }

  static char at(Text first, Text second, size_t i) {
    return i < first.size ? first.data[i] : second.data[i - first.size];
  }

  const schema::Tokenizer* t_;
};

// Null where there is no such tokenizer.
inline const schema::Tokenizer* tokenizer_at(const fovea_model* model, uint32_t index) {
  if (model == nullptr) return nullptr;
  const auto* list = view(model).root->tokenizers();
  return index < size_of(list) ? list->Get(index) : nullptr;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_VOCABULARY_H_
