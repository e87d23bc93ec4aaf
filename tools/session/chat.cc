#include "tools/session/chat.h"

#include <algorithm>

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/session/text.h"

namespace fovea::tools {
void expect_chat(const ModelFile& file) {
  const Chat chat = file.model().chat();
  if (chat && file.model().tokenizer("text")) return;
  fail("{}: has no conversations, {}", file.path(),
       chat.missing() == nullptr
           ? "for it was not converted from a folder with a chat template"
           : "for its chat template could not be converted: " + printable(chat.missing()));
}

std::vector<int32_t> chat_ids(const ModelFile& file, bool answered,
                              const std::vector<ChatMessage>& messages) {
  const Chat chat = file.model().chat();
  const char* after = answered ? chat.role() : nullptr;
  std::vector<fovea_message> list;
  for (const ChatMessage& message : messages) {
    list.push_back({message.role.c_str(), {message.content.data(), message.content.size()}});
  }
  const auto count = static_cast<uint32_t>(list.size());
  // What is refused has no room, and says why where it is tokenized.
  const size_t room = chat.room(after, list.data(), count);
  std::vector<int32_t> ids(room == SIZE_MAX ? 0 : std::min(room, kMostRoom));
  ids.resize(file.check(chat.tokenize(after, list.data(), count, ids.data(), ids.size())));
  return ids;
}

}  // namespace fovea::tools
