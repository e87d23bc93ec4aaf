#include "tools/import/text/tokenizer_json.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"
#include "tools/import/text/around.h"
#include "tools/import/text/bpe.h"
#include "tools/import/text/code_points.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/normalizer.h"
#include "tools/import/text/pre_tokenizer.h"
#include "tools/import/text/word_piece.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMostBytes = size_t{128} << 20;
constexpr size_t kMostValues = size_t{1} << 22;
constexpr size_t kLongestText = 256;      // schema/model.fbs
constexpr double kMostLength = 1u << 30;  // transformers writes 1e30 for any length

class Reader {
 public:
  Reader(const json& values, uint32_t rows, const std::string& path)
      : fields_(values, path), rows_(rows), path_(path) {}

  std::unique_ptr<schema::WordTokenizerT> read() {
    t_.name = "text";
    fields_.ignore({"version", "padding"});
    const json none;
    const auto part = [&](const char* key) -> const json& {
      return fields_.has(key) ? fields_.at(key) : none;
    };
    read_normalizer(part("normalizer"), t_, place("normalizer"));
    const size_t chinese = t_.splitters.size();
    const bool bytes = read_pre_tokenizer(part("pre_tokenizer"), t_, place("pre_tokenizer"));
    if (chinese > 0) expect_dropped_spaces(chinese);
    read_model(bytes);
    expect_ids(t_.pieces.size(), "model.vocab");
    if (fields_.has("added_tokens")) read_added(fields_.list("added_tokens"));
    read_post_processor(part("post_processor"), t_, place("post_processor"));
    for (const int32_t id : t_.pair)
      expect_ids(static_cast<size_t>(id < 0 ? 0 : id) + 1, "post_processor");
    for (const int32_t id : t_.single)
      expect_ids(static_cast<size_t>(id < 0 ? 0 : id) + 1, "post_processor");
    read_decoder(part("decoder"));
    if (fields_.has("truncation")) read_truncation();
    fields_.expect_all_read();
    return std::make_unique<schema::WordTokenizerT>(std::move(t_));
  }

 private:
  std::string place(const char* key) const { return path_ + ": " + key; }

  void expect_ids(size_t count, const char* what) const {
    if (count <= rows_) return;
    fail("{}: {} has the id {}, the model has ids below {}", path_, what, count - 1, rows_);
  }

  // Around Chinese characters the library puts spaces, which here are never made: what comes after
  // the normaliser's own splitters has to drop them.
  void expect_dropped_spaces(size_t first) const {
    for (size_t i = first; i < t_.splitters.size(); ++i) {
      if (t_.splitters[i]->drop) return;
    }
    fail(
        "{}: handle_chinese_chars puts spaces that pre_tokenizer does not take out; it cannot be "
        "converted",
        place("normalizer"));
  }

  void read_model(bool bytes) {
    const json& model = fields_.object("model");
    Fields fields(model, place("model"));
    const std::string type = fields.text("type");
    if (type == "WordPiece" && !bytes) {
      read_word_piece(model, t_, place("model"));
    } else if (type == "BPE" && bytes) {
      read_bpe(model, t_, place("model"));
    } else {
      fail("{}: the type {} {} cannot be converted yet: WordPiece and byte-level BPE can",
           place("model"), printable(type), bytes ? "of bytes" : "of characters");
    }
  }

  struct Added {
    schema::AddedToken token;
    std::string text;
  };

  void read_added(const json& list) {
    std::vector<Added> all;
    for (size_t i = 0; i < list.size(); ++i) {
      all.push_back(read_token(list[i], fmt::format("{}: added_tokens[{}]", path_, i)));
    }
    const auto key = [](const Added& a) { return std::tuple(a.token.normalized(), a.text); };
    std::sort(all.begin(), all.end(),
              [&](const Added& a, const Added& b) { return key(a) < key(b); });
    for (const Added& added : all) {
      if (!t_.added.empty() && t_.added.back().normalized() == added.token.normalized() &&
          t_.added_texts.back() == added.text) {
        fail("{}: added_tokens has {} twice", path_, printable(added.text));
      }
      t_.added.push_back(added.token);
      t_.added_texts.push_back(added.text);
    }
  }

  Added read_token(const json& value, const std::string& where) {
    Fields fields(value, where);
    const uint32_t id = fields.count("id");
    const std::string content = fields.text("content");
    expect_ids(size_t{id} + 1, "added_tokens");
    if (id >= t_.pieces.size()) t_.pieces.resize(size_t{id} + 1);
    if (!t_.merge_starts.empty()) {  // nothing begins with it
      t_.merge_starts.resize(t_.pieces.size() + 1, t_.merge_starts.back());
    }
    if (t_.pieces[id].empty()) t_.pieces[id] = content;
    const bool is_normalized = fields.flag("normalized", true);
    Added added;
    added.text = is_normalized ? normalized(t_, content) : content;
    if (added.text.empty() || added.text.size() > kLongestText) {
      fail("{}: a text of {} bytes cannot be looked for", where, added.text.size());
    }
    const bool single = fields.flag("single_word", false);
    if (single && t_.word_points.empty()) {
      CodePointSet word = word_characters();
      word.add({0x200C, 0x200D});
      for (const auto& range : word.ranges()) {
        t_.word_points.insert(t_.word_points.end(), {range.first, range.last + 1});
      }
    }
    added.token =
        schema::AddedToken(id, fields.flag("special", false), is_normalized,
                           fields.flag("lstrip", false), fields.flag("rstrip", false), single);
    fields.expect_all_read();
    return added;
  }

  void read_decoder(const json& value) {
    if (value.is_null()) {
      t_.spaces = t_.kind == schema::TokenizerKind::WordPiece;
      return;
    }
    Fields fields(value, place("decoder"));
    const std::string type = fields.text("type");
    if (type == "WordPiece" && t_.kind == schema::TokenizerKind::WordPiece) {
      t_.spaces = true;
      t_.cleanup = fields.flag("cleanup", true);
      if (fields.text("prefix", "##") != t_.continuing) {
        fail("{}: the prefix is not the model's; it cannot be converted", fields.where());
      }
    } else if (type == "ByteLevel" && t_.kind == schema::TokenizerKind::RankedMerges) {
      fields.ignore({"add_prefix_space", "trim_offsets", "use_regex"});
    } else {
      fail("{}: the type {} does not go with the model; it cannot be converted", fields.where(),
           printable(type));
    }
    fields.expect_all_read();
  }

  void read_truncation() {
    Fields fields(fields_.object("truncation"), place("truncation"));
    t_.truncate = fields.count("max_length");
    fields.ignore({"stride"});
    const std::string strategy = fields.text("strategy", "LongestFirst");
    const std::string direction = fields.text("direction", "Right");
    if (strategy != "LongestFirst" || direction != "Right") {
      fail("{}: {} from the {} cannot be converted: LongestFirst from the Right can",
           fields.where(), printable(strategy), printable(direction));
    }
    fields.expect_all_read();
  }

  Fields fields_;
  uint32_t rows_;
  const std::string& path_;
  schema::WordTokenizerT t_;
};

json read_values(const fs::path& path) {
  JsonBounds bounds;
  bounds.bytes = kMostBytes;
  bounds.values = kMostValues;
  const MappedFile file(path.string());
  return read_json(file.bytes(), path.string(), bounds);
}

// A special token of tokenizer_config.json: a text, or an object that holds it.
std::string content(const json& config, const char* key, const char* otherwise) {
  if (!config.contains(key)) return otherwise;
  const json& value = config[key].is_object() ? config[key].value("content", json()) : config[key];
  return value.is_string() ? value.get<std::string>() : otherwise;
}

// vocab.txt as BERT's tokenizers read it: a piece a line.
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
    const std::string name = content(config, key, otherwise);
    if (!vocab.contains(name)) fail("{}: has no {}, the {}", path.string(), printable(name), key);
    const json id = vocab[name];
    added.push_back({{"id", id}, {"content", name}, {"special", true}, {"normalized", false}});
    return json::array({name, id});
  };
  const json unknown = token("unk_token", "[UNK]"), sep = token("sep_token", "[SEP]");
  const json cls = token("cls_token", "[CLS]");
  for (const auto& [key, name] : {std::pair("pad_token", "[PAD]"), {"mask_token", "[MASK]"}}) {
    if (vocab.contains(content(config, key, name))) token(key, name);
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

// The length that a file's key says, 0 where it says none.
uint32_t length_of(const json& config, const char* key) {
  const json value = config.value(key, json());
  const bool sane =
      value.is_number() && value.get<double>() >= 1 && value.get<double>() < kMostLength;
  return sane ? static_cast<uint32_t>(value.get<double>()) : 0;
}

}  // namespace

bool is_json(const std::string& path) {
  if (!fs::is_regular_file(path)) return false;  // a pipe is read once
  const MappedFile file(path);
  return !file.bytes().empty() && file.bytes()[0] == '{';
}

std::unique_ptr<schema::WordTokenizerT> make_tokenizer(const json& values, uint32_t rows,
                                                       const std::string& path) {
  return Reader(values, rows, path).read();
}

std::unique_ptr<schema::WordTokenizerT> read_tokenizer_json(const std::string& path,
                                                            uint32_t rows) {
  return make_tokenizer(read_values(path), rows, path);
}

std::unique_ptr<schema::WordTokenizerT> read_folder_tokenizer(const std::string& folder,
                                                              uint32_t rows) {
  const fs::path root(folder);
  const auto beside = [&](const char* name) {
    return fs::exists(root / name) ? read_values(root / name) : json::object();
  };
  std::unique_ptr<schema::WordTokenizerT> made;
  const json config = beside("tokenizer_config.json");
  if (fs::exists(root / "tokenizer.json")) {
    made = read_tokenizer_json((root / "tokenizer.json").string(), rows);
  } else if (fs::exists(root / "vocab.txt")) {
    const fs::path path = root / "vocab.txt";
    made = make_tokenizer(of_vocabulary(path, config), rows, path.string());
  } else {
    return nullptr;
  }
  const uint32_t sentence = length_of(beside("sentence_bert_config.json"), "max_seq_length");
  if (sentence > 0) {
    made->truncate = sentence;
  } else if (made->truncate == 0) {
    made->truncate = length_of(config, "model_max_length");
  }
  return made;
}

}  // namespace fovea::tools
