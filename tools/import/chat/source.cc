#include "tools/import/chat/source.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/mapped_file.h"

namespace fovea::tools::chat {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMostTemplate = size_t{1} << 20;

// As in special_tokens.cc: a text, or an object that holds it.
std::optional<std::string> token(const json& value) {
  const json text = value.is_object() ? value.value("content", json()) : value;
  if (!text.is_string()) return std::nullopt;
  return text.get<std::string>();
}

// The variables that transformers gives to templates besides messages.
Dict special_tokens(const json& config) {
  Dict variables;
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    if (!config.contains(name)) continue;
    if (const auto text = token(config[name])) variables.emplace_back(name, *text);
  }
  return variables;
}

std::optional<std::string> of_config(const json& config, const std::string& path) {
  if (!config.contains("chat_template")) return std::nullopt;
  const json& value = config["chat_template"];
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("default") && value["default"].is_string()) {
    return value["default"].get<std::string>();
  }
  if (!value.is_array()) fail("{}: chat_template is neither a text nor a list of texts", path);
  for (const json& one : value) {
    const bool named = one.is_object() && one.contains("name") && one.contains("template");
    if (named && one["name"] == "default" && one["template"].is_string()) {
      return one["template"].get<std::string>();
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Source> find_source(const std::string& folder) {
  const fs::path root(folder), jinja = root / "chat_template.jinja";
  const fs::path config_path = root / "tokenizer_config.json";
  json config = json::object();
  if (fs::exists(config_path)) {
    const MappedFile file(config_path.string());
    config = read_json(file.bytes(), config_path.string());
  }
  Source source = {jinja.string(), {}, special_tokens(config)};
  if (fs::exists(jinja)) {
    const MappedFile file(jinja.string());
    source.text.assign(file.bytes().begin(), file.bytes().end());
  } else {
    const auto text = of_config(config, config_path.string());
    if (!text) return std::nullopt;
    source.place = config_path.string() + ": chat_template";
    source.text = *text;
  }
  if (source.text.size() > kMostTemplate) fail("{}: has more than a megabyte", source.place);
  return source;
}

std::optional<Source> source_of_keys(const json& keys, const std::string& path) {
  const char* key = "tokenizer.chat_template";
  if (!keys.is_object() || !keys.contains(key) || !keys[key].is_string()) return std::nullopt;
  Source source = {fmt::format("{}: {}", path, key), keys[key].get<std::string>(), {}};
  if (source.text.size() > kMostTemplate) fail("{}: has more than a megabyte", source.place);
  const json tokens = keys.value("tokenizer.ggml.tokens", json::array());
  for (const auto& [name, variable] : {std::pair("bos", "bos_token"),
                                       {"eos", "eos_token"},
                                       {"unknown", "unk_token"},
                                       {"seperator", "sep_token"},
                                       {"padding", "pad_token"},
                                       {"cls", "cls_token"},
                                       {"mask", "mask_token"}}) {
    const json id = keys.value(fmt::format("tokenizer.ggml.{}_token_id", name), json());
    const bool there = id.is_number_unsigned() && id.get<uint64_t>() < tokens.size();
    if (there && tokens[id.get<size_t>()].is_string()) {
      source.variables.emplace_back(variable, tokens[id.get<size_t>()].get<std::string>());
    }
  }
  return source;
}

}  // namespace fovea::tools::chat
