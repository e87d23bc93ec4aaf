// How byte-level tokenizers of GGUF files split texts, by tokenizer.ggml.pre.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_GGUF_SPLITS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_GGUF_SPLITS_H_

#include <nlohmann/json.hpp>
#include <string>

namespace fovea::tools {

struct GgufSplit {
  const char* names[4];
  enum Kind { kWords, kDigits, kPattern } kind;
  const char* pattern = nullptr;  // kPattern
  bool ignore_merges = false;     // a word that is a piece is that piece
  bool begins = false;            // texts have a begin token in front unless the file says no
  bool composed = false;          // texts are brought to NFC

  // As tokenizer.json has it.
  nlohmann::json pre_tokenizer(bool add_prefix_space) const;
};

// Throws InputError, beginning with `path`, for a name that is not known.
const GgufSplit& find_gguf_split(const std::string& name, const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_GGUF_SPLITS_H_
