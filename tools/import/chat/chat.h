// Conversations as a chat template has them, without the template: what stands between contents.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_CHAT_H_
#define FOVEA_TOOLS_IMPORT_CHAT_CHAT_H_

#include <memory>
#include <string>
#include <vector>

#include "runtime/schema.h"
#include "tools/import/chat/source.h"

namespace fovea::tools::chat {

// The joins of a template, which have been compared with what it makes of several hundred
// conversations; or why there are none, in `missing`. `notes` gets a line for what is left out.
std::unique_ptr<schema::ChatT> make_chat(const Source& source, std::vector<std::string>& notes);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_CHAT_H_
