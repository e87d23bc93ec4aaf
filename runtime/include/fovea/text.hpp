// Tokenizers and conversations. Part of fovea.hpp.
#ifndef FOVEA_TEXT_HPP_
#define FOVEA_TEXT_HPP_

#include <cstddef>
#include <cstdint>

#include "fovea/result.hpp"

namespace fovea {
// Apart from the runtime's own names in a static link.
inline namespace api {

// Text to token ids and back, as the model file says.
class Tokenizer {
 public:
  Tokenizer() = default;
  Tokenizer(const fovea_model* model, uint32_t index)
      : model_(model == nullptr ? fovea_model() : *model), index_(index) {}

  uint32_t index() const { return index_; }
  Result<fovea_special_tokens> info() const {
    fovea_special_tokens out = {};
    const fovea_code code = fovea_tokenizer_info(&model_, index_, &out);
    if (code != FOVEA_OK) {
      return Error(code, FOVEA_TABLE_TOKENIZER, index_, FOVEA_FIELD_NONE, model_);
    }
    return out;
  }

  // Ids that texts of `size` bytes together need room for; SIZE_MAX: too many.
  size_t room(size_t size) const { return fovea_encode_room(&model_, index_, size); }

  // The number of ids. A capacity of room(size) is always enough; see fovea_encode.
  Result<size_t> encode(const char* text, size_t size, int32_t* ids, size_t capacity) const {
    fovea_error error = {};
    size_t count = 0;
    const fovea_code code =
        fovea_encode(&model_, index_, text, size, ids, capacity, &count, &error);
    return code == FOVEA_OK ? Result<size_t>(count) : Result<size_t>(Error(error, model_));
  }

  // What the model takes of a text, or of two that it compares; see fovea_tokenize.
  Status tokenize(const fovea_span& text, fovea_tokens* tokens, uint32_t flags = 0) const {
    return tokenize(&text, 1, flags, tokens);
  }
  Status tokenize(const fovea_span& first, const fovea_span& second, fovea_tokens* tokens,
                  uint32_t flags = 0) const {
    const fovea_span texts[] = {first, second};
    return tokenize(texts, 2, flags, tokens);
  }

  // The number of bytes of one token as they continue a text that ends with `previous` (-1: none).
  Result<size_t> decode(int32_t previous, int32_t id, char* text, size_t capacity) const {
    fovea_error error = {};
    size_t size = 0;
    const fovea_code code =
        fovea_decode(&model_, index_, previous, id, text, capacity, &size, &error);
    return code == FOVEA_OK ? Result<size_t>(size) : Result<size_t>(Error(error, model_));
  }

 private:
  Status tokenize(const fovea_span* texts, uint32_t count, uint32_t flags,
                  fovea_tokens* tokens) const {
    fovea_error error = {};
    const fovea_code code = fovea_tokenize(&model_, index_, texts, count, flags, tokens, &error);
    return code == FOVEA_OK ? Status() : Status(Error(error, model_));
  }

  fovea_model model_ = {};
  uint32_t index_ = 0;
};

// How a model is talked to, turn by turn in one session:
//
//   const fovea_message asked[] = {{"user", {text, size}}};
//   const auto count = chat.tokenize(nullptr, asked, 1, ids, capacity);   // the first turn
//   ... the answer: fed token by token until chat.is_end(token), which is not fed ...
//   const auto more = chat.tokenize(chat.role(), asked, 1, ids, capacity);  // behind an answer
class Chat {
 public:
  Chat() = default;
  explicit Chat(const fovea_model& model) : model_(model) {}

  // The role of answers; null where the model says nothing of conversations.
  const char* role() const { return fovea_chat_role(&model_); }
  explicit operator bool() const { return role() != nullptr; }
  // Why it does not, in words; null where nobody has written that.
  const char* missing() const { return fovea_chat_missing(&model_); }

  // The text between two contents, or the beginning or the answer (null).
  Result<fovea_span> join(const char* after, const char* before) const {
    fovea_span text = {};
    fovea_error error = {};
    const fovea_code code = fovea_chat_join(&model_, after, before, &text, &error);
    return code == FOVEA_OK ? Result<fovea_span>(text) : Result<fovea_span>(Error(error, model_));
  }

  // Ids that tokenize needs room for; SIZE_MAX where it would refuse the messages.
  size_t room(const char* after, const fovea_message* messages, uint32_t count) const {
    return fovea_chat_room(&model_, after, messages, count);
  }
  // The number of ids up to where the answer begins; see fovea_chat_tokenize.
  Result<size_t> tokenize(const char* after, const fovea_message* messages, uint32_t count,
                          int32_t* ids, size_t capacity) const {
    fovea_error error = {};
    size_t size = 0;
    const fovea_code code =
        fovea_chat_tokenize(&model_, after, messages, count, ids, capacity, &size, &error);
    return code == FOVEA_OK ? Result<size_t>(size) : Result<size_t>(Error(error, model_));
  }

  // Whether an answer ends with this id.
  bool is_end(int32_t id) const { return fovea_chat_is_end(&model_, id); }

 private:
  fovea_model model_ = {};
};

}  // namespace api
}  // namespace fovea

#endif  // FOVEA_TEXT_HPP_
