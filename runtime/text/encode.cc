// Text to token ids, without memory beyond the caller's array.

#include "runtime/text/encoding.h"

namespace fovea {

fovea_code encode_text(const Encoding& job, Text text) {
  return is_of_words(job.table) ? job.features.words->encode(job, text)
                                : encode_characters(job, text);
}

uint64_t encoding_room(const schema::Tokenizer& table, const fovea_features& features,
                       uint64_t size) {
  return is_of_words(table) ? features.words->room(table, size) : uint64_t{FOVEA_ENCODE_ROOM(size)};
}

}  // namespace fovea

extern "C" {

size_t fovea_encode_room(const fovea_model* model, uint32_t tokenizer, size_t size) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  if (t == nullptr || size > SIZE_MAX / 8) return SIZE_MAX;
  const uint64_t around = uint64_t{size_of(words_of(*t).single())} + size_of(words_of(*t).pair());
  const uint64_t room = encoding_room(*t, view(model).operators->features, size);
  return room > SIZE_MAX / sizeof(int32_t) - around ? SIZE_MAX : static_cast<size_t>(room + around);
}

fovea_code fovea_encode(const fovea_model* model, uint32_t tokenizer, const char* text, size_t size,
                        int32_t* ids, size_t capacity, size_t* count, fovea_error* error) {
  using namespace fovea;
  const auto* t = tokenizer_at(model, tokenizer);
  const Where where = {FOVEA_TABLE_TOKENIZER, tokenizer};
  if (t == nullptr || count == nullptr || (text == nullptr && size > 0) ||
      (ids == nullptr && capacity > 0)) {
    return fail(error, FOVEA_BAD_ARGUMENT, where);
  }
  Ids list = {ids, capacity};
  const fovea_features& features = view(model).operators->features;
  FOVEA_TRY(encode_text({*t, features, {}, where, &list, error}, {text, size}));
  *count = list.count;
  return succeed(error);
}

}  // extern "C"
