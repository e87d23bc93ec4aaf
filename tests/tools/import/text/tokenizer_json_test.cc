// tokenizer.json of WordPiece: what it makes of texts, and what is refused.

#include "tools/import/text/tokenizer_json.h"
#include "tools/import/text/tokenizer_folder.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/import/text/encoding.h"
#include "tests/tools/refused.h"
#include "tools/common/error.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using tools::make_tokenizer;
using Ids = std::vector<int32_t>;

constexpr uint32_t kWordPieceRows = 20;

json small_word_piece() {
  return json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [
      {"id": 0, "content": "[UNK]", "special": true, "normalized": false},
      {"id": 1, "content": "[CLS]", "special": true, "normalized": false},
      {"id": 2, "content": "[SEP]", "special": true, "normalized": false},
      {"id": 12, "content": "New Word", "special": false, "normalized": true}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 6,
              "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "ab": 4, "##c": 5, "##cd": 6,
                        "\u4e2d": 7, ".": 8, "s": 9, "##s": 10, "##a": 11}}})");
}

std::string word_piece_refusal(const json& values) {
  return refusal([&] { make_tokenizer(values, kWordPieceRows, "t.json"); });
}

}  // namespace

TEST_CASE("WordPiece takes the longest piece, then the longest that goes on") {
  OnlyTokenizer t(*make_tokenizer(small_word_piece(), kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(t.encode({"abcd ab a"}, kBare) == Ids{4, 6, 4, 3});
  CHECK(t.encode({"abx"}, kBare) == Ids{0});
  CHECK(t.encode({"aaaaaa"}, kBare) == Ids{3, 11, 11, 11, 11, 11});
  CHECK(t.encode({"aaaaaaa"}, kBare) == Ids{0});  // longer than a word may be
  CHECK(t.encode({""}, kBare).empty());
  CHECK(t.encode({"  \t\n"}, kBare).empty());
}

TEST_CASE("BERT's normalisation: case, accents, controls, stray bytes, Chinese") {
  OnlyTokenizer t(*make_tokenizer(small_word_piece(), kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(t.encode({"\xC3\x84"
                  "B\xCC\x81"},
                 kBare) == Ids{4});  // A with diaeresis, B with acute
  CHECK(t.encode({"a\xE2\x80\x8B"
                  "b"},
                 kBare) == Ids{4});  // a zero-width space
  CHECK(t.encode({"a\xC2\xA0"
                  "ab"},
                 kBare) == Ids{3, 4});  // a no-break space
  CHECK(t.encode({"a\xFF"
                  "b\xF0\x9F"},
                 kBare) == Ids{4});  // bytes that are no UTF-8
  CHECK(t.encode({"ab\xE4\xB8\xAD\xE4\xB8\xAD"
                  "a"},
                 kBare) == Ids{4, 7, 7, 3});
  CHECK(t.encode({"a.s"}, kBare) == Ids{3, 8, 9});
  json cased = small_word_piece();
  cased["normalizer"]["lowercase"] = false;
  OnlyTokenizer c(*make_tokenizer(cased, kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(c.encode({"aB ab"}, kBare) == Ids{0, 4});
  CHECK(c.encode({"\xC3\xA1"}, kBare) == Ids{0});  // nor are accents stripped
}

TEST_CASE("a folder with vocab.txt alone has BERT's tokenizer") {
  const TemporaryFolder folder;
  CHECK(tools::read_folder_tokenizers(folder.path(), kWordPieceRows).empty());
  write_bytes(folder.file("vocab.txt"),
              "[PAD]\n[UNK]\r\n[CLS]\n[SEP]\n[MASK]\na\nB\n##b\n\xE4\xB8\xAD\n");
  const auto made = [&](const char* config) {
    write_bytes(folder.file("tokenizer_config.json"), config);
    return OnlyTokenizer(*tools::read_folder_tokenizers(folder.path(), kWordPieceRows).at(0),
                         kWordPieceRows);
  };
  OnlyTokenizer lower = made("{}");
  CHECK(lower.encode({"Ab \xE4\xB8\xAD\xC3\xA1 B"}) == Ids{2, 5, 7, 8, 5, 1, 3});
  CHECK(lower.encode({"a [MASK]"}, FOVEA_TEXT_SPECIAL) == Ids{2, 5, 4, 3});
  OnlyTokenizer cased = made(R"({"do_lower_case": false, "model_max_length": 4})");
  CHECK(cased.encode({"B ab A"}) == Ids{2, 6, 5, 3});
  CHECK(cased.cut());
  CHECK(made(R"({"tokenize_chinese_chars": false})").encode({"a\xE4\xB8\xAD"}, kBare) == Ids{1});
  const auto refused = [&](const char* vocabulary) {
    write_bytes(folder.file("vocab.txt"), vocabulary);
    try {
      tools::read_folder_tokenizers(folder.path(), kWordPieceRows);
    } catch (const tools::InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused("[UNK]\n[CLS]\n[SEP]\na\na\n").find("has a twice") != std::string::npos);
  CHECK(refused("[UNK]\n[CLS]\na\n").find("has no [SEP]") != std::string::npos);
}

TEST_CASE("what stands around one text and two, and what is cut") {
  OnlyTokenizer t(*make_tokenizer(small_word_piece(), kWordPieceRows, "t.json"), kWordPieceRows);
  Ids types;
  CHECK(t.encode({"a a"}) == Ids{1, 3, 3, 2});
  CHECK(t.encode({"a a", "ab"}, 0, 0, &types) == Ids{1, 3, 3, 2, 4, 2});
  CHECK(types == Ids{0, 0, 0, 0, 1, 1});
  CHECK_FALSE(t.cut());
  CHECK(t.encode({"a a s"}, 0, 4) == Ids{1, 3, 3, 2});
  CHECK(t.cut());
  CHECK(t.encode({"a a a a a", "ab"}, 0, 6) == Ids{1, 3, 3, 2, 4, 2});
  CHECK(t.encode({"ab", "a a a a a"}, 0, 6) == Ids{1, 4, 2, 3, 3, 2});
  CHECK(t.encode({"a a a a", "ab ab ab ab"}, 0, 8) == Ids{1, 3, 3, 2, 4, 4, 4, 2});
  CHECK(t.encode({"a"}, 0, 2) == Ids{1, 2});
  t.encode({"a"}, 0, 1);
  CHECK(t.code() == FOVEA_BAD_ARGUMENT);
  json limited = small_word_piece();
  limited["truncation"] = {
      {"max_length", 3u}, {"stride", 0u}, {"strategy", "LongestFirst"}, {"direction", "Right"}};
  OnlyTokenizer l(*make_tokenizer(limited, kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(l.encode({"a a a"}, 0, 9) == Ids{1, 3, 2});
  CHECK(l.encode({"a a a"}, FOVEA_TEXT_WHOLE) == Ids{1, 3, 3, 3, 2});
}

TEST_CASE("added tokens: special ones where they are asked for, others in the normalised text") {
  OnlyTokenizer t(*make_tokenizer(small_word_piece(), kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(t.encode({"a[SEP]a"}, kBare | FOVEA_TEXT_SPECIAL) == Ids{3, 2, 3});
  CHECK(t.encode({"a[SEP]a"}, kBare) == Ids{3, 0, 0, 0, 3});
  CHECK(t.encode({"aN\xC3\xABw worda"}, kBare) == Ids{3, 12, 3});
}

TEST_CASE("decoding puts words apart, and marks to the word before") {
  OnlyTokenizer t(*make_tokenizer(small_word_piece(), kWordPieceRows, "t.json"), kWordPieceRows);
  CHECK(t.decode({4, 6, 3, 8, 9}) == "abcd a. s");
}

TEST_CASE("what is not understood is refused by name") {
  const auto changed = [](const char* pointer, json value) {
    json values = small_word_piece();
    values[json::json_pointer(pointer)] = std::move(value);
    return word_piece_refusal(values);
  };
  CHECK(word_piece_refusal(small_word_piece()).empty());
  for (const json& kept : {json(), json({{"type", "Punctuation"}})}) {  // spaces stay
    CHECK(changed("/pre_tokenizer", kept).find("handle_chinese_chars") != std::string::npos);
  }
  CHECK(changed("/normalizer/type", "ByteLevel") ==
        "t.json: normalizer: the type ByteLevel is not known; it cannot be converted");
  CHECK(changed("/normalizer/fold", true).find("\"fold\" is not known") != std::string::npos);
  CHECK(changed("/model/type", "Morse").find("Morse") != std::string::npos);
  CHECK(changed("/model/unk_token", "<unk>").find("vocab has no <unk>") != std::string::npos);
  CHECK(changed("/model/vocab/a", 4).find("model.vocab: ") != std::string::npos);
  CHECK(changed("/model/vocab/a", -1).find("has the id -1") != std::string::npos);
  CHECK(changed("/model/max_input_chars_per_word", 4000).find("4000") != std::string::npos);
  CHECK(changed("/added_tokens/3/id", 20u).find("has the id 20, the model has ids below 20") !=
        std::string::npos);
  CHECK(changed("/added_tokens/2/content", "[CLS]").find("twice") != std::string::npos);
  CHECK(changed("/post_processor/type", "XProcessing").find("XProcessing") != std::string::npos);
  CHECK(changed("/post_processor/cls", json::array({"[CLS]", 20u})).find("id 20") !=
        std::string::npos);
  CHECK(changed("/decoder/type", "Metaspace").find("Metaspace") != std::string::npos);
  CHECK(changed("/decoder/prefix", "@@").find("not the model's") != std::string::npos);
  CHECK(changed("/unheard", 1).find("\"unheard\" is not known") != std::string::npos);
  CHECK(changed("/truncation", {{"max_length", 3u}, {"direction", "Left"}}).find("Left") !=
        std::string::npos);
}

}  // namespace fovea::test
