#include "tools/import/text/vocabulary_files.h"

#include <algorithm>
#include <utility>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct ByteLevelKind {
  const char* names[3];  // tokenizer_class, model_type
  bool around;           // <s> and </s> stand around a text
  const char* begin;
  const char* end;
};

constexpr ByteLevelKind kByteLevelKinds[] = {
    {{"GPT2Tokenizer", "GPT2TokenizerFast", "gpt2"}, false, "<|endoftext|>", "<|endoftext|>"},
    {{"RobertaTokenizer", "RobertaTokenizerFast", "roberta"}, true, "<s>", "</s>"}};

const ByteLevelKind* find_kind(const std::string& kind) {
  for (const ByteLevelKind& known : kByteLevelKinds) {
    if (std::find(std::begin(known.names), std::end(known.names), kind) != std::end(known.names)) {
      return &known;
    }
  }
  return nullptr;
}

// The lines of merges.txt.
json merges_of(const fs::path& path) {
  const MappedFile file(path.string());
  const std::string text(file.bytes().begin(), file.bytes().end());
  json merges = json::array();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with("#version")) merges.push_back(line);
    begin = end + 1;
  }
  return merges;
}

}  // namespace

std::string special_content(const json& config, const char* key, const char* otherwise) {
  if (!config.contains(key)) return otherwise;
  const json& value = config[key].is_object() ? config[key].value("content", json()) : config[key];
  return value.is_string() ? value.get<std::string>() : otherwise;
}

json of_vocabulary(const fs::path& path, const json& config) {
  const MappedFile file(path.string());
  json vocab = json::object();
  const std::string text(file.bytes().begin(), file.bytes().end());
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string piece = text.substr(begin, end - begin);
    if (piece.ends_with('\r')) piece.pop_back();
    const size_t id = vocab.size();
    if (!vocab.emplace(piece, id).second) {
      fail("{}: has {} twice", path.string(), printable(piece));
    }
    begin = end + 1;
  }
  json added = json::array();
  const auto token = [&](const char* key, const char* otherwise) {
    const std::string name = special_content(config, key, otherwise);
    if (!vocab.contains(name)) fail("{}: has no {}, the {}", path.string(), printable(name), key);
    const json id = vocab[name];
    added.push_back({{"id", id}, {"content", name}, {"special", true}, {"normalized", false}});
    return json::array({name, id});
  };
  const json unknown = token("unk_token", "[UNK]"), sep = token("sep_token", "[SEP]");
  const json cls = token("cls_token", "[CLS]");
  for (const auto& [key, name] : {std::pair("pad_token", "[PAD]"), {"mask_token", "[MASK]"}}) {
    if (vocab.contains(special_content(config, key, name))) token(key, name);
  }
  json strip = config.value("strip_accents", json());
  return {{"added_tokens", added},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"lowercase", config.value("do_lower_case", json(true))},
            {"strip_accents", strip},
            {"handle_chinese_chars", config.value("tokenize_chinese_chars", json(true))}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", {{"type", "BertProcessing"}, {"sep", sep}, {"cls", cls}}},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", unknown[0]},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100u},
            {"vocab", std::move(vocab)}}}};
}

json of_merges(const fs::path& folder, const std::string& kind, const json& config) {
  const ByteLevelKind* known = find_kind(kind);
  if (known == nullptr) {
    fail("{}: what a {} makes of texts besides is not known; save tokenizer.json with transformers",
         (folder / "merges.txt").string(), kind.empty() ? "tokenizer without a class" : kind);
  }
  json vocab = read_large_json((folder / "vocab.json").string());
  json added = json::array();
  const auto token = [&](const char* key, const char* otherwise, bool strip) {
    const std::string name = special_content(config, key, otherwise);
    const auto found = vocab.find(name);
    if (found == vocab.end()) return json();
    const auto same = [&](const json& other) { return other["content"] == name; };
    if (std::none_of(added.begin(), added.end(), same)) {
      added.push_back({{"id", *found},
                       {"content", name},
                       {"special", true},
                       {"normalized", false},
                       {"lstrip", strip}});
    }
    return json::array({name, *found});
  };
  const json begin = token("bos_token", known->begin, false);
  const json end = token("eos_token", known->end, false);
  const json cls = token("cls_token", known->begin, false),
             sep = token("sep_token", known->end, false);
  token("unk_token", known->around ? "<unk>" : known->end, false);
  token("pad_token", "<pad>", false);
  token("mask_token", "<mask>", true);
  if (known->around && (cls.is_null() || sep.is_null())) {
    fail("{}: has no {} or no {}", (folder / "vocab.json").string(), known->begin, known->end);
  }
  json around;
  if (known->around) around = {{"type", "RobertaProcessing"}, {"sep", sep}, {"cls", cls}};
  return {{"added_tokens", added},
          {"pre_tokenizer",
           {{"type", "ByteLevel"},
            {"add_prefix_space", config.value("add_prefix_space", json(false))}}},
          {"post_processor", around},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model",
           {{"type", "BPE"},
            {"vocab", std::move(vocab)},
            {"merges", merges_of(folder / "merges.txt")}}}};
}

}  // namespace fovea::tools
