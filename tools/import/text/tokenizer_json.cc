#include "tools/import/text/tokenizer_json.h"

#include <filesystem>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/printable.h"
#include "tools/import/text/added_tokens.h"
#include "tools/import/text/around.h"
#include "tools/import/text/bpe.h"
#include "tools/import/text/decoder.h"
#include "tools/import/text/fields.h"
#include "tools/import/text/normalizer.h"
#include "tools/import/text/pre_tokenizer.h"
#include "tools/import/text/text_room.h"
#include "tools/import/text/unigram.h"
#include "tools/import/text/word_piece.h"

namespace fovea::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMostBytes = size_t{128} << 20;
constexpr size_t kMostValues = size_t{1} << 22;

class TokenizerReader {
 public:
  TokenizerReader(const json& values, uint32_t rows, const std::string& path)
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
    if (fields_.has("added_tokens")) {
      add_tokens(fields_.list("added_tokens"), rows_, t_, place("added_tokens"));
    }
    read_post_processor(part("post_processor"), t_, place("post_processor"));
    for (const int32_t id : t_.pair)
      expect_ids(static_cast<size_t>(id < 0 ? 0 : id) + 1, "post_processor");
    for (const int32_t id : t_.single)
      expect_ids(static_cast<size_t>(id < 0 ? 0 : id) + 1, "post_processor");
    read_decoder(part("decoder"), t_, place("decoder"));
    if (fields_.has("truncation")) read_truncation();
    fields_.expect_all_read();
    set_room(t_);
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
    } else if (type == "WordLevel" && !bytes) {
      read_word_level(model, t_, place("model"));
    } else if (type == "BPE") {
      read_bpe(model, bytes, t_, place("model"));
    } else if (type == "Unigram" && !bytes) {
      read_unigram(model, t_, place("model"));
    } else {
      fail("{}: the type {} {} cannot be converted: WordPiece, WordLevel, Unigram and BPE can",
           place("model"), printable(type), bytes ? "of bytes" : "of characters");
    }
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

}  // namespace

json read_large_json(const std::string& path) {
  JsonBounds bounds;
  bounds.bytes = kMostBytes;
  bounds.values = kMostValues;
  const MappedFile file(path);
  return read_json(file.bytes(), path, bounds);
}

bool is_json(const std::string& path) {
  if (!fs::is_regular_file(path)) return false;  // a pipe is read once
  const MappedFile file(path);
  return !file.bytes().empty() && file.bytes()[0] == '{';
}

std::unique_ptr<schema::WordTokenizerT> make_tokenizer(const json& values, uint32_t rows,
                                                       const std::string& path) {
  return TokenizerReader(values, rows, path).read();
}

std::unique_ptr<schema::WordTokenizerT> read_tokenizer_json(const std::string& path,
                                                            uint32_t rows) {
  return make_tokenizer(read_large_json(path), rows, path);
}

}  // namespace fovea::tools
