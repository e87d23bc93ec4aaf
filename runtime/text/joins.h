// The joins of a model's conversations.

#ifndef FOVEA_RUNTIME_TEXT_JOINS_H_
#define FOVEA_RUNTIME_TEXT_JOINS_H_

#include <cstring>

#include "runtime/model.h"

namespace fovea {

// Null where the model has no joins: what else it has is not looked at then.
inline const schema::Chat* chat_of(const fovea_model* model) {
  if (model == nullptr) return nullptr;
  const schema::Chat* chat = view(model).root->chat();
  return chat == nullptr || size_of(chat->joins()) == 0 ? nullptr : chat;
}

// Whether a role is that of a join; null: there is no content.
inline bool is_role(const flatbuffers::String* ours, const char* role) {
  if (ours == nullptr || role == nullptr) return ours == nullptr && role == nullptr;
  return std::strcmp(ours->c_str(), role) == 0;
}

// The index of a join, or of any behind `after` where `before` does not count; -1: there is none.
inline int32_t find_join(const schema::Chat& chat, const char* after, const char* before,
                         bool any = false) {
  for (uint32_t i = 0; i < size_of(chat.joins()); ++i) {
    const schema::ChatJoin* join = chat.joins()->Get(i);
    if (is_role(join->after(), after) && (any || is_role(join->before(), before))) {
      return static_cast<int32_t>(i);
    }
  }
  return -1;
}

}  // namespace fovea

#endif  // FOVEA_RUNTIME_TEXT_JOINS_H_
