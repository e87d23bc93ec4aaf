#include "tools/import/text/gguf_tokenizer.h"

#include <string_view>
#include <utility>
#include <vector>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/text/gguf_splits.h"
#include "tools/import/text/gguf_tokenizer_keys.h"
#include "tools/import/text/sentence_piece.h"
#include "tools/import/text/sentence_piece_proto.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using Proto = SentencePieceProto;

constexpr std::string_view kGgufSpace = "\xE2\x96\x81";  // U+2581, which pieces have for a space

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

class GgufTokenizerReader {
 public:
  GgufTokenizerReader(const json& keys, uint32_t rows, const std::string& path)
      : keys_(keys, path), rows_(rows), path_(path) {}

  std::unique_ptr<schema::WordTokenizerT> read() {
    read_pieces();
    const std::string model = keys_.text("model");
    keys_.expect_known(model);
    std::unique_ptr<schema::WordTokenizerT> made;
    if (model == "gpt2") {
      made = read_bytes();
    } else if (model == "llama" || model == "t5") {
      made = read_sentence_piece(model == "llama" ? Proto::kBpe : Proto::kUnigram);
    } else if (model == "bert") {
      return read_words();
    } else {
      fail("{}: tokenizer.ggml.model is {}; gpt2, llama, t5 and bert can be converted", path_,
           show_json(model));
    }
    put_around(*made);
    return made;
  }

 private:
  // The id of a token, or -1 where none is said.
  int32_t id(const char* name) const { return keys_.id(name, pieces_.size()); }

  void read_pieces() {
    for (const json& token : keys_.list("tokens", 0)) {
      if (!token.is_string()) keys_.wrong("tokens", "a list of texts");
      pieces_.push_back({token, 0, Proto::kNormal});
    }
    if (pieces_.size() > rows_) {
      fail("{}: a tokenizer of {} tokens, the model has only {} ids", path_, pieces_.size(), rows_);
    }
    if (keys_.find("token_type") == nullptr) return;
    const json& types = keys_.list("token_type", pieces_.size());
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const bool right = types[i].is_number_integer() && types[i] >= 1 && types[i] <= 6;
      if (!right) keys_.wrong("token_type", "a list of numbers from 1 to 6");
      pieces_[i].type = types[i];
    }
  }

  // Token types are SentencePiece's. Padding of the table at its end is no piece.
  std::unique_ptr<schema::WordTokenizerT> read_sentence_piece(Proto::Model model) {
    Proto proto;
    proto.model = model;
    const json& scores = keys_.list("scores", pieces_.size());
    const int32_t unknown = id("unknown_token_id");
    for (size_t i = 0; i < pieces_.size(); ++i) {
      if (!scores[i].is_number()) keys_.wrong("scores", "a list of numbers");
      Proto::Piece piece = pieces_[i];
      piece.score = scores[i].get<float>();
      // Older files have padding as unknown pieces, and the unknown one as a control piece.
      if (unknown >= 0 && piece.type == Proto::kUnknown) piece.type = Proto::kUnused;
      if (unknown == static_cast<int32_t>(i)) piece.type = Proto::kUnknown;
      proto.byte_fallback |= piece.type == Proto::kByte;
      // Files have these as they are found in texts.
      if (piece.type == Proto::kUserDefined) replace_all(piece.text, " ", kGgufSpace);
      proto.pieces.push_back(std::move(piece));
    }
    while (!proto.pieces.empty() && proto.pieces.back().type == Proto::kUnused) {
      proto.pieces.pop_back();
    }
    proto.add_dummy_prefix = keys_.flag("add_space_prefix", true);
    proto.remove_extra_whitespaces = keys_.flag("remove_extra_whitespaces", false);
    if (keys_.find("precompiled_charsmap") != nullptr) {
      for (const json& byte : keys_.list("precompiled_charsmap", 0)) {
        if (!byte.is_number_unsigned() || byte > 255) keys_.wrong("precompiled_charsmap", "bytes");
        proto.charsmap.push_back(byte);
      }
    }
    return convert_sentence_piece(proto, path_);
  }

  json added(size_t i, bool special) const {
    return {{"id", i}, {"content", pieces_[i].text}, {"special", special}, {"normalized", false}};
  }

  std::unique_ptr<schema::WordTokenizerT> read_bytes() const {
    json vocab = json::object(), tokens = json::array();
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const auto& [piece, score, type] = pieces_[i];
      if (type == Proto::kUnused) continue;
      if (type == Proto::kByte) keys_.wrong("token_type", "without bytes, where a model is gpt2");
      if (type != Proto::kNormal) tokens.push_back(added(i, type != Proto::kUserDefined));
      if (type == Proto::kNormal && !vocab.emplace(piece, i).second) {
        fail("{}: tokenizer.ggml.tokens has {} twice", path_, printable(piece));
      }
    }
    const GgufSplit& split = find_gguf_split(keys_.text("pre"), path_);
    json model = {
        {"type", "BPE"}, {"vocab", std::move(vocab)}, {"merges", keys_.list("merges", 0)}};
    model["ignore_merges"] = split.ignore_merges;
    json parts = {{"added_tokens", std::move(tokens)},
                  {"pre_tokenizer", split.pre_tokenizer(keys_.flag("add_space_prefix", false))},
                  {"decoder", {{"type", "ByteLevel"}}},
                  {"model", std::move(model)}};
    if (split.composed) parts["normalizer"] = {{"type", "NFC"}};
    return make_tokenizer(parts, rows_, path_);
  }

  // Pieces that begin a word have a U+2581, others have lost the ## that they had in front.
  std::unique_ptr<schema::WordTokenizerT> read_words() const {
    const std::string pre = keys_.text("pre");
    if (pre != "bert-bge" && pre != "bert-bge-large") {
      fail("{}: tokenizer.ggml.pre is {}; of bert, bert-bge can be converted", path_,
           show_json(pre));
    }
    json vocab = json::object(), tokens = json::array();
    for (size_t i = 0; i < pieces_.size(); ++i) {
      std::string piece = pieces_[i].text;
      const bool special = pieces_[i].type == Proto::kControl;
      if (special) tokens.push_back(added(i, true));
      if (!special) {
        piece = piece.starts_with(kGgufSpace) ? piece.substr(kGgufSpace.size()) : "##" + piece;
      }
      if (!vocab.emplace(piece, i).second) {
        fail("{}: tokenizer.ggml.tokens has {} twice", path_, printable(piece));
      }
    }
    const auto named = [&](const char* name) {
      const int32_t token = id(name);
      if (token < 0) keys_.wrong(name, "the id of a token");
      return json::array({pieces_[static_cast<size_t>(token)].text, static_cast<uint32_t>(token)});
    };
    const json sep = named("seperator_token_id"), cls = named("cls_token_id");
    return make_tokenizer(
        {{"added_tokens", tokens},
         {"normalizer",
          {{"type", "BertNormalizer"}, {"lowercase", true}, {"handle_chinese_chars", true}}},
         {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
         {"post_processor", {{"type", "BertProcessing"}, {"sep", sep}, {"cls", cls}}},
         {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}}},
         {"model",
          {{"type", "WordPiece"},
           {"unk_token", named("unknown_token_id")[0]},
           {"continuing_subword_prefix", "##"},
           {"max_input_chars_per_word", 100u},
           {"vocab", std::move(vocab)}}}},
        rows_, path_);
  }

  // The text between its begin and end tokens.
  void put_around(schema::WordTokenizerT& t) const {
    const std::string model = keys_.text("model");
    const bool begins =
        model == "llama" || (model == "gpt2" && find_gguf_split(keys_.text("pre"), path_).begins);
    std::vector<int32_t> before, behind;
    const auto add = [&](const char* key, bool otherwise, const char* name,
                         std::vector<int32_t>& ids) {
      if (!keys_.flag(key, otherwise)) return;
      if (id(name) < 0) keys_.wrong(name, "the id of a token");
      ids.push_back(id(name));
    };
    add("add_bos_token", begins && id("bos_token_id") >= 0, "bos_token_id", before);
    add("add_eos_token", model == "t5", "eos_token_id", behind);
    const auto put = [&](std::vector<int32_t>& ids, int32_t part) {
      ids.insert(ids.end(), before.begin(), before.end());
      ids.push_back(part);
      ids.insert(ids.end(), behind.begin(), behind.end());
    };
    t.single.clear();
    t.pair.clear();
    put(t.single, -1);
    put(t.pair, -1);
    put(t.pair, -2);
    t.pair_types.assign(t.pair.size(), 0);
  }

  GgufTokenizerKeys keys_;
  uint32_t rows_;
  const std::string& path_;
  std::vector<Proto::Piece> pieces_;
};

}  // namespace

std::unique_ptr<schema::WordTokenizerT> read_gguf_tokenizer(const json& keys, uint32_t rows,
                                                            const std::string& path) {
  if (!keys.is_object() || !keys.contains("tokenizer.ggml.model") ||
      keys["tokenizer.ggml.model"] == "none" || keys["tokenizer.ggml.model"] == "no_vocab") {
    return nullptr;
  }
  return GgufTokenizerReader(keys, rows, path).read();
}

}  // namespace fovea::tools
