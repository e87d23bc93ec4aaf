#include "tools/import/special_tokens.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "tools/checkpoint/beside.h"
#include "tools/common/error.h"
#include "tools/import/config.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

// A special token of tokenizer_config.json: a text, or an object that holds it.
std::string content(const json& config, const std::string& key) {
  const auto found = config.find(key);
  if (found == config.end()) return {};
  const json text = found->is_object() ? found->value("content", json()) : *found;
  return text.is_string() ? text.get<std::string>() : std::string();
}

class SpecialTokens {
 public:
  SpecialTokens(const Checkpoint& checkpoint, const Family& family, uint32_t rows)
      : generation_values_(read_beside(checkpoint, "generation_config.json", &generation_path_)),
        tokenizer_(read_beside(checkpoint, "tokenizer_config.json", &tokenizer_path_)),
        generation_(generation_values_, generation_path_),
        values_(checkpoint.config),
        config_(checkpoint.config, checkpoint.path),
        family_(family),
        rows_(rows) {}

  Ids begin() const {
    const auto adds = tokenizer_.find("add_bos_token");
    if (adds != tokenizer_.end() && *adds == false) return {};
    return checked("bos_token_id", ids("bos_token"));
  }
  Ids end() const { return checked("eos_token_id", ids("eos_token")); }
  // Many tokenizers have a padding token for which the model has no row: nothing ever uses it.
  Ids padding() const {
    Ids all = ids("pad_token");
    std::erase_if(all, [&](int32_t id) { return static_cast<uint32_t>(id) >= rows_; });
    return all;
  }

 private:
  Ids ids(const std::string& name) const {
    const std::string key = name + "_id";
    for (const Config* config : {&generation_, &config_}) {
      if (config->has(key.c_str())) return config->tokens(key.c_str());
    }
    if (const int32_t id = added(content(tokenizer_, name)); id >= 0) return {id};
    if (values_.contains(key)) return {};
    for (const DefaultToken& token : family_.tokens) {
      const bool fits = token.key != nullptr && token.key == key;
      if (fits && static_cast<uint32_t>(token.id) < rows_) return {token.id};
    }
    return {};
  }

  // The id of a token that tokenizer_config.json lists, or -1.
  int32_t added(const std::string& text) const {
    const auto list = tokenizer_.find("added_tokens_decoder");
    if (text.empty() || list == tokenizer_.end() || !list->is_object()) return -1;
    for (const auto& [number, token] : list->items()) {
      if (!token.is_object() || content(token, "content") != text) continue;
      int32_t id = -1;
      const char* end = number.data() + number.size();
      const auto result = std::from_chars(number.data(), end, id);
      if (result.ec == std::errc() && result.ptr == end && id >= 0) return id;
      fail("{}: the token {} has the id '{}'; it must be a number", tokenizer_path_, text, number);
    }
    return -1;
  }

  Ids checked(const char* key, Ids ids) const {
    for (const int32_t id : ids) {
      if (static_cast<uint32_t>(id) < rows_) continue;
      fail("{}: {} is {}, the model has ids below {}; correct it",
           generation_.has(key) ? generation_path_ : config_.path(), key, id, rows_);
    }
    return ids;
  }

  std::string generation_path_, tokenizer_path_;
  json generation_values_, tokenizer_;
  Config generation_;
  const json& values_;
  Config config_;
  const Family& family_;
  uint32_t rows_;
};

}  // namespace

uint32_t embedding_rows(const schema::ModelT& model) {
  uint32_t rows = 0;
  for (const auto& method : model.methods) {
    for (const auto& op : method->operators) {
      if (op->attributes.AsEmbedding() == nullptr) continue;
      rows = std::max(rows, model.weights[static_cast<size_t>(op->weights[0])]->shape[0]);
    }
  }
  return rows;
}

void add_special_tokens(const Checkpoint& checkpoint, const Family& family, schema::ModelT& model) {
  const uint32_t rows = embedding_rows(model);
  if (rows == 0) return;
  const SpecialTokens tokens(checkpoint, family, rows);
  schema::SpecialTokensT special;
  special.begin = tokens.begin();
  special.end = tokens.end();
  special.padding = tokens.padding();
  if (special.begin.empty() && special.end.empty() && special.padding.empty()) return;
  model.special = std::make_unique<schema::SpecialTokensT>(std::move(special));
}

}  // namespace fovea::tools
