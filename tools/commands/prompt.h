// What `fovea generate` begins with.

#ifndef FOVEA_TOOLS_COMMANDS_PROMPT_H_
#define FOVEA_TOOLS_COMMANDS_PROMPT_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/session/session.h"

namespace fovea::tools {

// At most one of them is given.
struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;    // that holds the text; "-": standard input
  std::optional<std::string> tokens;  // ids, separated by commas
};

struct Prompt {
  std::string text;
  std::vector<int32_t> source;  // for an encoder; empty without one
  std::vector<int32_t> start;   // for the decoder
  size_t unseen = 0;            // ids at the front of `start` that are no part of the text

  // What was read: the source, or all that the decoder is fed.
  const std::vector<int32_t>& tokens() const { return source.empty() ? start : source; }
};

void add_prompt_options(CLI::App& command, PromptOptions& options);

// The ids of the prompt, after those that begin a text unless the prompt is given as ids. Throws
// InputError where the model cannot take them; no memory has to be bound for that.
Prompt make_prompt(const ModelFile& file, const PromptOptions& options);

// The text alone, which is given. Throws InputError where the file that holds it is larger than any
// text that the model takes.
std::string prompt_text(const ModelFile& file, const PromptOptions& options);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMANDS_PROMPT_H_
