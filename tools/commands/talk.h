// `fovea generate --chat`: messages of a user and answers of the model, turn by turn.

#ifndef FOVEA_TOOLS_COMMANDS_TALK_H_
#define FOVEA_TOOLS_COMMANDS_TALK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "fovea/sampler.hpp"
#include "tools/commands/prompt.h"

namespace fovea::tools {

struct TalkOptions {
  std::string file;
  PromptOptions prompt;  // the only message; without one they are lines of standard input
  bool chat = false;     // else the prompt is continued
  std::optional<std::string> system;
  uint32_t max_tokens = 256;  // of an answer
  SamplerOptions sampler;
  uint32_t threads = 1;
  bool json = false;  // a line of JSON for each answer
};

void talk(const TalkOptions& options);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_TALK_H_
