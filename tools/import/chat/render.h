// What a chat template makes of its variables.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_RENDER_H_
#define FOVEA_TOOLS_IMPORT_CHAT_RENDER_H_

#include <string>

#include "tools/import/chat/syntax.h"

namespace fovea::tools::chat {

// What was looked at besides.
struct Rendering {
  std::string text;
  bool asked_date = false;  // of today: strftime_now, which templates are not given here
};

// Throws Refusal where the template refuses the variables, NotUnderstood for what is not
// interpreted here and for a template that takes too long.
Rendering render(const Body& body, const Dict& variables);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_RENDER_H_
