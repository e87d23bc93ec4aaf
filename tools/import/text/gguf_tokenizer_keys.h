// What a GGUF file's keys say of its tokenizer, one by one; what makes no sense throws InputError.

#ifndef FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_KEYS_H_
#define FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace fovea::tools {

// Names are those behind "tokenizer.ggml.".
class GgufTokenizerKeys {
 public:
  GgufTokenizerKeys(const nlohmann::json& keys, const std::string& path)
      : keys_(keys), path_(path) {}

  // Refuses keys that would change the ids of a text in a way that is not known.
  void expect_known(const std::string& model) const;

  // Null where the file says nothing.
  const nlohmann::json* find(const char* name) const;
  std::string text(const char* name) const;
  bool flag(const char* name, bool otherwise) const;
  // Of any size where it is 0.
  const nlohmann::json& list(const char* name, size_t size) const;
  // One of `count` ids, or -1 where none is said.
  int32_t id(const char* name, size_t count) const;

  [[noreturn]] void wrong(const char* name, const char* should) const;

 private:
  void expect_key(const std::string& key, const nlohmann::json& value) const;
  [[noreturn]] void unknown(const std::string& key, const nlohmann::json& value) const;

  const nlohmann::json& keys_;
  const std::string& path_;
};

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_IMPORT_TEXT_GGUF_TOKENIZER_KEYS_H_
