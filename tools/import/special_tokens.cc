#include "tools/import/special_tokens.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "tools/checkpoint/beside.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/config.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

constexpr int32_t kMostId = 1 << 30;

// A special token of tokenizer_config.json: a text, or an object that holds it.
std::string content(const json& config, const std::string& key) {
  const auto found = config.find(key);
  if (found == config.end()) return {};
  const json text = found->is_object() ? found->value("content", json()) : *found;
  return text.is_string() ? text.get<std::string>() : std::string();
}

// The object of this key; an empty one where there is none.
json inside(const json& config, const char* key) {
  const auto found = config.find(key);
  return found != config.end() && found->is_object() ? *found : json::object();
}

class SpecialTokens {
 public:
  SpecialTokens(const Checkpoint& checkpoint, const Family& family, uint32_t rows)
      : generation_values_(read_beside(checkpoint, "generation_config.json", &generation_path_)),
        tokenizer_(read_beside(checkpoint, "tokenizer_config.json", &tokenizer_path_)),
        generation_(generation_values_, generation_path_),
        values_(checkpoint.config),
        decoder_values_(inside(checkpoint.config, "decoder")),
        config_(checkpoint.config, checkpoint.path),
        decoder_(decoder_values_, checkpoint.path),
        family_(family),
        rows_(rows) {}

  Ids begin() const {
    const auto adds = tokenizer_.find("add_bos_token");
    if (adds != tokenizer_.end() && *adds == false) return {};
    return checked("bos_token_id", ids("bos_token"));
  }
  Ids end() const { return checked("eos_token_id", ids("eos_token")); }
  // Of a decoder: what it reads before its first token.
  Ids start() const {
    Ids ids = said("decoder_start_token_id");
    if (ids.empty()) return ids;
    ids.resize(1);
    const json* rest = found("forced_decoder_ids");
    if (rest == nullptr || !rest->is_array()) return ids;
    for (const json& pair : *rest) {
      const bool next = pair.is_array() && pair.size() == 2 && pair[0] == ids.size() &&
                        pair[1].is_number_integer() && pair[1] >= 0 && pair[1] < kMostId;
      if (!next) break;
      ids.push_back(pair[1]);
    }
    return checked("forced_decoder_ids", ids);
  }
  // Its first token; older releases only said whether there is one.
  Ids forced() const {
    const Ids ids = said("forced_bos_token_id");
    const json* begins = found("force_bos_token_to_be_generated");
    return ids.empty() && begins != nullptr && *begins == true ? said("bos_token_id") : ids;
  }
  Ids said(const char* key) const { return checked(key, values_of(key)); }
  // What is never chosen: ids of their own, and texts of one token that were forbidden.
  Ids suppressed() const {
    Ids all = said("suppress_tokens");
    for (const json& words : forbidden()) {
      if (words.size() == 1) all.push_back(words[0]);
    }
    return checked("bad_words_ids", all);
  }

  // Keys that change what is chosen, with values that do, which no file of fovea holds.
  std::vector<std::string> left_out() const {
    std::vector<std::string> keys;
    const auto add = [&](const char* key, auto changes) {
      const json* value = found(key);
      if (value != nullptr && changes(*value)) {
        keys.push_back(fmt::format("{} ({})", key, show_json(*value)));
      }
    };
    const auto above = [](double least) {
      return [least](const json& v) { return v.is_number() && v.get<double>() > least; };
    };
    add("num_beam_groups", above(1));
    add("encoder_no_repeat_ngram_size", above(0));
    add("encoder_repetition_penalty",
        [](const json& v) { return v.is_number() && v.get<double>() != 1; });
    for (const char* key : {"diversity_penalty", "penalty_alpha"}) {
      add(key, [](const json& v) { return v.is_number() && v.get<double>() != 0; });
    }
    for (const char* key : {"constraints", "force_words_ids", "sequence_bias",
                            "exponential_decay_length_penalty", "renormalize_logits"}) {
      add(key, [](const json& v) { return v != false; });
    }
    add("forced_decoder_ids", [&](const json& v) { return v.size() + 1 > start().size(); });
    add("do_sample", [](const json& v) { return v == true; });
    add("bad_words_ids", [&](const json&) {
      const auto list = forbidden();
      return std::any_of(list.begin(), list.end(), [](const json& w) { return w.size() != 1; });
    });
    return keys;
  }

  // How the likeliest text is looked for; null where that is nothing but the likeliest tokens.
  std::unique_ptr<schema::SearchT> search() const {
    schema::SearchT s;
    s.beams = whole("num_beams", 1, 1);
    s.length_penalty = number("length_penalty");
    s.stopping = stopping();
    s.no_repeat = whole("no_repeat_ngram_size", 0, 0);
    s.repetition_penalty = number("repetition_penalty");
    if (!(s.repetition_penalty > 0)) refuse("repetition_penalty", "a number above 0");
    const auto begins = static_cast<uint32_t>(start().size());
    const uint32_t more = whole("min_new_tokens", 0, 0);
    s.least = std::max(whole("min_length", 0, 0), more == 0 ? 0 : begins + more);
    const uint32_t most = whole("max_new_tokens", 0, 0);
    s.most = most == 0 ? whole("max_length", 0, 0) : begins + most;
    const bool plain = s.beams == 1 && s.length_penalty == 1 && s.no_repeat == 0 && s.least == 0 &&
                       s.most == 0 && s.repetition_penalty == 1 &&
                       s.stopping == schema::EarlyStopping::Likely;
    return plain ? nullptr : std::make_unique<schema::SearchT>(s);
  }

  // Many tokenizers have a padding token for which the model has no row: nothing ever uses it.
  Ids padding() const {
    Ids all = ids("pad_token");
    std::erase_if(all, [&](int32_t id) { return static_cast<uint32_t>(id) >= rows_; });
    return all;
  }

 private:
  [[noreturn]] void refuse(const char* key, const char* wanted) const {
    fail("{}: {} is {}; it must be {}", generation_.has(key) ? generation_path_ : config_.path(),
         key, show_json(*found(key)), wanted);
  }
  uint32_t whole(const char* key, uint32_t otherwise, uint32_t least) const {
    const json* value = found(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number_unsigned() || *value < least || *value > kMostId) {
      refuse(key, least == 0 ? "a whole number from 0 on" : "a whole number from 1 on");
    }
    return *value;
  }
  float number(const char* key) const {
    const json* value = found(key);
    if (value == nullptr) return 1;
    if (!value->is_number() || !std::isfinite(value->get<float>())) refuse(key, "a finite number");
    return *value;
  }
  schema::EarlyStopping stopping() const {
    const json* value = found("early_stopping");
    if (value == nullptr || *value == false) return schema::EarlyStopping::Likely;
    if (*value == true) return schema::EarlyStopping::AtOnce;
    if (*value == "never") return schema::EarlyStopping::Never;
    refuse("early_stopping", "true, false or \"never\"");
  }

  // What generation_config.json says, else config.json; null where neither does.
  const json* found(const char* key) const {
    for (const json* values : {&generation_values_, &values_}) {
      const auto at = values->find(key);
      if (at != values->end() && !at->is_null()) return &*at;
    }
    return nullptr;
  }
  Ids values_of(const std::string& key) const {
    for (const Config* config : {&generation_, &config_, &decoder_}) {
      if (config->has(key.c_str())) return config->tokens(key.c_str());
    }
    for (const DefaultToken& token : family_.tokens) {
      if (token.key != nullptr && token.key == key && !values_.contains(key)) return {token.id};
    }
    return {};
  }
  // Texts that are never written, as lists of ids.
  std::vector<json> forbidden() const {
    std::vector<json> texts;
    const json* list = found("bad_words_ids");
    if (list == nullptr || !list->is_array()) return texts;
    for (const json& words : *list) {
      bool ids = words.is_array();
      for (const json& id : words) ids = ids && id.is_number_integer() && id >= 0 && id < kMostId;
      if (!ids) {
        fail("{}: bad_words_ids has {}; it must be a list of lists of token ids", config_.path(),
             show_json(words));
      }
      texts.push_back(words);
    }
    return texts;
  }

  Ids ids(const std::string& name) const {
    const std::string key = name + "_id";
    for (const Config* config : {&generation_, &config_, &decoder_}) {
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
  json decoder_values_;  // of a config in which a decoder has its own
  Config config_, decoder_;
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

namespace {

// What a decoder is told besides, that writes what an encoder read.
void add_decoding(const SpecialTokens& tokens, const std::string& path,
                  schema::SpecialTokensT& special, Graph& graph) {
  special.start = tokens.start();
  special.forced = tokens.forced();
  special.forced_last = tokens.said("forced_eos_token_id");
  special.suppressed = tokens.suppressed();
  special.suppressed_first = tokens.said("begin_suppress_tokens");
  special.search = tokens.search();
  if (special.start.empty()) {
    graph.notes.push_back(
        fmt::format("{}: no decoder_start_token_id: who runs the model has to know what its "
                    "decoder begins with",
                    path));
  }
  const std::vector<std::string> left = tokens.left_out();
  if (left.empty()) return;
  graph.notes.push_back(
      fmt::format("{}: the file does not hold what the checkpoint says of choosing tokens: {}",
                  path, fmt::join(left, ", ")));
}

bool decodes(const schema::ModelT& model) {
  const auto has = [&](const char* name) {
    return std::any_of(model.methods.begin(), model.methods.end(),
                       [&](const auto& method) { return method->name == name; });
  };
  return has("encode") && has("decode");
}

}  // namespace

void add_special_tokens(const Checkpoint& checkpoint, const Family& family, Graph& graph) {
  schema::ModelT& model = graph.model;
  const uint32_t rows = embedding_rows(model);
  if (rows == 0) return;
  const SpecialTokens tokens(checkpoint, family, rows);
  schema::SpecialTokensT special;
  if (decodes(model) && model.tokenizers.empty()) {
    add_decoding(tokens, checkpoint.path, special, graph);
  }
  special.begin = tokens.begin();
  special.end = tokens.end();
  special.padding = tokens.padding();
  for (const auto* ids :
       {&special.begin, &special.end, &special.padding, &special.start, &special.forced,
        &special.forced_last, &special.suppressed, &special.suppressed_first}) {
    if (ids->empty() && special.search == nullptr) continue;
    model.special = std::make_unique<schema::SpecialTokensT>(std::move(special));
    return;
  }
}

}  // namespace fovea::tools
