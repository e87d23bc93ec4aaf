#include "tools/import/text/tokenizer_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"
#include "tools/import/text/added_tokens.h"
#include "tools/import/text/sentence_piece.h"
#include "tools/import/text/text_room.h"
#include "tools/import/text/tokenizer_json.h"
#include "tools/import/text/two_sides.h"
#include "tools/import/text/vocabulary_files.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kMostLength = 1u << 30;  // transformers writes 1e30 for any length

// What stands around a text in models of SentencePiece that transformers has classes for.
struct SentencePieceKind {
  const char* names[4];  // tokenizer_class, model_type
  bool begin, end;       // where the config does not say
};

constexpr SentencePieceKind kKinds[] = {
    {{"LlamaTokenizer", "LlamaTokenizerFast", "llama", "mistral"}, true, false},
    {{"GemmaTokenizer", "GemmaTokenizerFast", "gemma", "gemma2"}, true, false},
    {{"T5Tokenizer", "T5TokenizerFast", "t5", "mt5"}, false, true}};

const SentencePieceKind& find_kind(const std::string& kind, const std::string& path) {
  for (const SentencePieceKind& known : kKinds) {
    for (const char* name : known.names) {
      if (kind == name) return known;
    }
  }
  fail(
      "{}: what a {} makes of texts besides is not known; save tokenizer.json with transformers, "
      "or "
      "name the file with --tokenizer to have the ids of SentencePiece itself",
      path, kind.empty() ? "tokenizer without a class" : printable(kind));
}

uint32_t piece_of(const schema::WordTokenizerT& t, const std::string& text,
                  const std::string& path) {
  for (uint32_t id = 0; id < t.pieces.size(); ++id) {
    if (t.pieces[id] == text) return id;
  }
  fail("{}: has no piece {}", path, printable(text));
}

// added_tokens_decoder of tokenizer_config.json, but for tokens that the model itself has.
void add_config_tokens(const json& config, uint32_t rows, schema::WordTokenizerT& t,
                       const std::string& path) {
  if (!config.contains("added_tokens_decoder")) return;
  json list = json::array();
  for (const auto& [id, token] : config["added_tokens_decoder"].items()) {
    const uint32_t number = static_cast<uint32_t>(std::strtoul(id.c_str(), nullptr, 10));
    const bool known = number < t.pieces.size();
    if (!token.is_object() || (known && token.value("content", json()) != t.pieces[number])) {
      fail("{}: added_tokens_decoder says something else of {} than the model", path, id);
    }
    if (known) continue;
    json added = token;
    added["id"] = number;
    added["normalized"] = false;
    list.push_back(added);
  }
  add_tokens(list, rows, t, path + ": added_tokens_decoder");
}

// The text between its begin and end tokens.
void put_around(const SentencePieceKind& kind, const json& config, schema::WordTokenizerT& t,
                const std::string& path) {
  const auto says = [&](const char* key, bool otherwise) {
    const json value = config.value(key, json(otherwise));
    return value.is_boolean() ? value.get<bool>() : otherwise;
  };
  std::vector<int32_t> before, behind;
  const auto id = [&](const char* key, const char* otherwise) {
    return static_cast<int32_t>(piece_of(t, special_content(config, key, otherwise), path));
  };
  if (says("add_bos_token", kind.begin)) before = {id("bos_token", "<s>")};
  if (says("add_eos_token", kind.end)) behind = {id("eos_token", "</s>")};
  const auto put = [&](std::vector<int32_t>& ids, int32_t text) {
    ids.insert(ids.end(), before.begin(), before.end());
    ids.push_back(text);
    ids.insert(ids.end(), behind.begin(), behind.end());
  };
  t.single.clear();
  t.pair.clear();
  put(t.single, -1);
  put(t.pair, -1);
  put(t.pair, -2);
  t.pair_types.assign(t.pair.size(), 0);
}

// The length that a file's key says, 0 where it says none.
uint32_t length_of(const json& config, const char* key) {
  const json value = config.value(key, json());
  const bool sane =
      value.is_number() && value.get<double>() >= 1 && value.get<double>() < kMostLength;
  return sane ? static_cast<uint32_t>(value.get<double>()) : 0;
}

json read_beside(const fs::path& root, const char* name) {
  return fs::exists(root / name) ? read_large_json((root / name).string()) : json::object();
}

// What tokenizer_config.json calls the tokenizer, or else config.json the model.
std::string kind_of(const fs::path& root, const json& config) {
  const json named = config.value("tokenizer_class", json());
  const json kind =
      named.is_string() ? named : read_beside(root, "config.json").value("model_type", json());
  return kind.is_string() ? kind.get<std::string>() : "";
}

std::unique_ptr<schema::WordTokenizerT> read_files(const fs::path& root, uint32_t rows,
                                                   const json& config) {
  if (fs::exists(root / "tokenizer.json")) {
    return read_tokenizer_json((root / "tokenizer.json").string(), rows);
  }
  for (const char* name : {"tokenizer.model", "spiece.model"}) {
    const std::string path = (root / name).string();
    if (!fs::exists(path)) continue;
    const SentencePieceKind& known = find_kind(kind_of(root, config), path);
    auto made = read_sentence_piece(path, rows);
    add_config_tokens(config, rows, *made, path);
    put_around(known, config, *made, path);
    set_room(*made);
    return made;
  }
  if (fs::exists(root / "sentencepiece.bpe.model")) {
    fail("{}: its ids are not those of the model; save tokenizer.json with transformers",
         (root / "sentencepiece.bpe.model").string());
  }
  if (fs::exists(root / "vocab.json") && fs::exists(root / "merges.txt")) {
    return make_tokenizer(of_merges(root, kind_of(root, config), config), rows,
                          (root / "vocab.json").string());
  }
  if (!fs::exists(root / "vocab.txt")) return nullptr;
  const fs::path path = root / "vocab.txt";
  return make_tokenizer(of_vocabulary(path, config), rows, path.string());
}

}  // namespace

// Field 1, a message, of which field 1 is a text.
bool is_sentence_piece(const std::string& path) {
  if (!fs::is_regular_file(path)) return false;  // a pipe is read once
  const MappedFile file(path);
  return file.bytes().size() > 3 && file.bytes()[0] == 0x0A && file.bytes()[2] == 0x0A;
}

std::unique_ptr<schema::WordTokenizerT> read_sentence_piece(const std::string& path,
                                                            uint32_t rows) {
  const MappedFile file(path);
  auto made = parse_sentence_piece(file.bytes(), path);
  if (made->pieces.size() > rows) {
    fail("{}: a tokenizer of {} pieces, the model has only {} ids", path, made->pieces.size(),
         rows);
  }
  return made;
}

std::vector<std::unique_ptr<schema::WordTokenizerT>> read_folder_tokenizers(
    const std::string& folder, uint32_t rows) {
  const fs::path root(folder);
  const json config = read_beside(root, "tokenizer_config.json");
  std::vector<std::unique_ptr<schema::WordTokenizerT>> made;
  if (has_two_sides(root) && !fs::exists(root / "tokenizer.json")) {
    made = read_two_sides(root, config, rows);
  } else if (auto one = read_files(root, rows, config)) {
    made.push_back(std::move(one));
  }
  const uint32_t sentence =
      length_of(read_beside(root, "sentence_bert_config.json"), "max_seq_length");
  for (const auto& t : made) {
    if (sentence > 0) {
      t->truncate = sentence;
    } else if (t->truncate == 0) {
      t->truncate = length_of(config, "model_max_length");
    }
  }
  return made;
}

}  // namespace fovea::tools
