// The chat template of a Hugging Face folder, or of a GGUF file.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_SOURCE_H_
#define FOVEA_TOOLS_IMPORT_CHAT_SOURCE_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/import/chat/value.h"

namespace fovea::tools::chat {

struct Source {
  std::string place;  // file, and key where it has keys
  std::string text;
  Dict variables;  // bos_token and the like: texts of special tokens
};

// chat_template.jinja, else chat_template of tokenizer_config.json, of several the one that is
// called default; nothing where there is none. Throws InputError for a file that cannot be read.
std::optional<Source> find_source(const std::string& folder);

// That of the keys of a GGUF file, which `path` is; nothing where there is none.
std::optional<Source> source_of_keys(const nlohmann::json& keys, const std::string& path);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_SOURCE_H_
