#include "tools/import/text/gguf_tokenizer_keys.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

// Keys whose meaning for the ids of a text is none, or is read elsewhere: tokens of other purposes,
// templates of chats.
constexpr const char* kKnown[] = {
    "tokenizer.chat_template",
    "tokenizer.chat_templates",
    "tokenizer.ggml.model",
    "tokenizer.ggml.pre",
    "tokenizer.ggml.tokens",
    "tokenizer.ggml.token_type",
    "tokenizer.ggml.scores",
    "tokenizer.ggml.merges",
    "tokenizer.ggml.add_bos_token",
    "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_sep_token",
    "tokenizer.ggml.add_space_prefix",
    "tokenizer.ggml.token_type_count",
    "tokenizer.ggml.remove_extra_whitespaces",
    "tokenizer.ggml.precompiled_charsmap",
};

}  // namespace

const json* GgufTokenizerKeys::find(const char* name) const {
  const auto found = keys_.find(std::string("tokenizer.ggml.") + name);
  return found == keys_.end() ? nullptr : &*found;
}

void GgufTokenizerKeys::wrong(const char* name, const char* should) const {
  const json* value = find(name);
  fail("{}: tokenizer.ggml.{} is {}; it should be {}", path_, name,
       value == nullptr ? "missing" : show_json(*value), should);
}

std::string GgufTokenizerKeys::text(const char* name) const {
  const json* value = find(name);
  if (value == nullptr || !value->is_string()) wrong(name, "a text");
  return *value;
}

bool GgufTokenizerKeys::flag(const char* name, bool otherwise) const {
  const json* value = find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) wrong(name, "true or false");
  return *value;
}

const json& GgufTokenizerKeys::list(const char* name, size_t size) const {
  const json* value = find(name);
  if (value == nullptr || !value->is_array() || (size > 0 && value->size() != size)) {
    wrong(name, size > 0 ? "a list of one for each token" : "a list");
  }
  return *value;
}

int32_t GgufTokenizerKeys::id(const char* name, size_t count) const {
  const json* value = find(name);
  if (value == nullptr) return -1;
  if (!value->is_number_unsigned() || value->get<uint64_t>() >= count) {
    wrong(name, "the id of a token");
  }
  return value->get<int32_t>();
}

void GgufTokenizerKeys::expect_key(const std::string& key, const json& value) const {
  const bool known = std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown);
  if (known || key.ends_with("_token_id") || key.starts_with("tokenizer.chat_template.")) return;
  unknown(key, value);
}

// A second token between two texts nobody puts there; settings that other kinds of tokenizers
// heed say nothing here, and BERT's say what it does anyway.
void GgufTokenizerKeys::expect_known(const std::string& model) const {
  for (const auto& [key, value] : keys_.items()) expect_key(key, value);
  std::vector<const char*> unset = {"add_sep_token"}, set;
  if (model == "gpt2" || model == "bert") {
    unset.insert(unset.end(), {"remove_extra_whitespaces", "precompiled_charsmap"});
  }
  if (model == "bert") {
    unset.push_back("add_space_prefix");
    set = {"add_bos_token", "add_eos_token"};
  }
  for (const char* name : unset) {
    const json* value = find(name);
    if (value != nullptr && *value != false && !value->empty())
      unknown(std::string("tokenizer.ggml.") + name, *value);
  }
  for (const char* name : set) {
    if (!flag(name, true)) unknown(std::string("tokenizer.ggml.") + name, *find(name));
  }
}

void GgufTokenizerKeys::unknown(const std::string& key, const json& value) const {
  fail("{}: what {} ({}) means for the ids of a text is not known", path_, printable(key),
       show_json(value));
}

}  // namespace fovea::tools
