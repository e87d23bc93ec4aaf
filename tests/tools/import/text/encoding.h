// Encodes texts with a tokenizer's tables, as the runtime does.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_TEXT_ENCODING_H_
#define FOVEA_TESTS_TOOLS_IMPORT_TEXT_ENCODING_H_

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/model.h"
#include "runtime/text/encoding.h"
#include "runtime/verify.h"
#include "schema/word_tokenizer.h"

namespace fovea::test {

inline constexpr uint32_t kBare = FOVEA_TEXT_BARE;

// A model of nothing but a tokenizer, verified as in a whole file.
class OnlyTokenizer {
 public:
  OnlyTokenizer(const schema::WordTokenizerT& made, uint32_t rows) {
    schema::ModelT tables;
    tables.tokenizers.push_back(made.packed());
    builder_.Finish(schema::Model::Pack(builder_, &tables));
    Model model = {};
    model.root = flatbuffers::GetRoot<schema::Model>(builder_.GetBufferPointer());
    model.operators = &fovea_all_operators;
    store(model, &model_);
    Steps steps(builder_.GetSize());
    REQUIRE(fovea_feature_words.verify(*model.root->tokenizers()->Get(0),
                                       fovea_all_operators.features, rows, &steps,
                                       {FOVEA_TABLE_TOKENIZER, 0}, &error_) == FOVEA_OK);
  }

  std::vector<int32_t> encode(const std::vector<std::string>& texts, uint32_t flags = 0,
                              size_t limit = 0, std::vector<int32_t>* types = nullptr) {
    size_t size = 0;
    std::vector<fovea_span> spans;
    for (const std::string& text : texts) {
      spans.push_back({text.data(), text.size()});
      size += text.size();
    }
    std::vector<int32_t> ids(fovea_encode_room(&model_, 0, size)), kinds(ids.size());
    fovea_tokens tokens = {ids.data(), ids.size(), kinds.data(), kinds.size(), limit, 0, false};
    code_ = fovea_tokenize(&model_, 0, spans.data(), static_cast<uint32_t>(spans.size()), flags,
                           &tokens, &error_);
    ids.resize(tokens.count);
    kinds.resize(tokens.count);
    cut_ = tokens.cut;
    if (types != nullptr) *types = kinds;
    return ids;
  }

  size_t room(size_t size) const { return fovea_encode_room(&model_, 0, size); }
  // Whether so much memory is enough for a text.
  bool fits(const std::string& text, size_t capacity) const {
    std::vector<int32_t> ids(capacity);
    size_t count = 0;
    return fovea_encode(&model_, 0, text.data(), text.size(), ids.data(), capacity, &count,
                        nullptr) == FOVEA_OK;
  }

  // How many ids a text has, in memory that is there.
  size_t count(const std::string& text, std::vector<int32_t>& room) const {
    size_t count = 0;
    REQUIRE(fovea_encode(&model_, 0, text.data(), text.size(), room.data(), room.size(), &count,
                         nullptr) == FOVEA_OK);
    return count;
  }

  std::string decode(const std::vector<int32_t>& ids) const {
    std::string text;
    int32_t previous = -1;
    for (const int32_t id : ids) {
      char piece[256];
      size_t size = 0;
      REQUIRE(fovea_decode(&model_, 0, previous, id, piece, sizeof piece, &size, nullptr) ==
              FOVEA_OK);
      text.append(piece, size);
      previous = id;
    }
    return text;
  }

  fovea_code code() const { return code_; }
  bool cut() const { return cut_; }

 private:
  flatbuffers::FlatBufferBuilder builder_;
  fovea_model model_ = {};
  fovea_error error_ = {};
  fovea_code code_ = FOVEA_OK;
  bool cut_ = false;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_TEXT_ENCODING_H_
