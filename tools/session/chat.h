// Conversations of a model file, on strings.

#ifndef FOVEA_TOOLS_SESSION_CHAT_H_
#define FOVEA_TOOLS_SESSION_CHAT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

struct ChatMessage {
  std::string role, content;
};

// Throws InputError, which says why, where the file has no conversations.
void expect_chat(const ModelFile& file);

// What the model is given of messages behind what it holds already: `answered` where that ends with
// an answer, else nothing. Throws InputError for messages that it does not take.
std::vector<int32_t> chat_ids(const ModelFile& file, bool answered,
                              const std::vector<ChatMessage>& messages);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_SESSION_CHAT_H_
