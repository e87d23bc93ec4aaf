// The model BPE of tokenizer.json.

#include "tools/import/text/bpe.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/refused.h"
#include "tools/import/text/byte_alphabet.h"

namespace fovea::test {
namespace {

using nlohmann::json;

json small_bpe() {
  return json::parse(R"({"type": "BPE", "dropout": null, "unk_token": null,
      "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
      "vocab": {"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120a": 6, "<|end|>": 5, "< >": 4},
      "merges": ["\u0120 a", "a b", ["a", "b"], "#version: 0.2"]})");
}

schema::WordTokenizerT read(const json& model) {
  schema::WordTokenizerT tokenizer;
  tools::read_bpe(model, true, tokenizer, "t.json: model");
  return tokenizer;
}

void check_refused_bpe(const char* key, const char* value, const std::string& said) {
  json model = small_bpe();
  model[key] = json::parse(value);
  CAPTURE(key);
  check_refusal([&] { read(model); }, "t.json: model: ", said);
}

}  // namespace

TEST_CASE("each byte has a character, as GPT-2 chose them") {
  CHECK(tools::byte_character('A') == "A");
  CHECK(tools::byte_character(' ') == "\xC4\xA0");   // U+0120
  CHECK(tools::byte_character('\n') == "\xC4\x8A");  // U+010A
  CHECK(tools::byte_character(0xAD) == "\xC5\x83");  // U+0143
  CHECK(tools::byte_character(0xE9) == "\xC3\xA9");
  std::string all, characters;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    characters += tools::byte_character(static_cast<uint8_t>(byte));
  }
  CHECK(tools::piece_bytes(characters) == all);
  CHECK(tools::piece_bytes("a b") == std::nullopt);
  CHECK(tools::piece_bytes("\xE4\xB8\xAD") == std::nullopt);
}

TEST_CASE("pieces are the bytes that they stand for; merges lie by their pieces") {
  const schema::WordTokenizerT t = read(small_bpe());
  CHECK(t.kind == schema::TokenizerKind::RankedMerges);
  CHECK(t.pieces == std::vector<std::string>{"a", "b", " ", "ab", "< >", "<|end|>", " a"});
  CHECK(t.sorted == std::vector<uint32_t>{2, 6, 5, 0, 3, 1});  // "< >" is no bytes
  CHECK(t.bytes['a'] == 0);
  CHECK(t.bytes[' '] == 2);
  CHECK(t.bytes['c'] == UINT32_MAX);
  CHECK(t.merge_starts == std::vector<uint32_t>{0, 1, 1, 2, 2, 2, 2, 2});
  REQUIRE(t.merges.size() == 2);
  CHECK(t.merges[0].second() == 1);
  CHECK(t.merges[0].merged() == 3);
  CHECK(t.merges[0].rank() == 2);  // the last of two
  CHECK(t.merges[1].merged() == 6);
  CHECK(t.merges[1].rank() == 0);
  CHECK(t.unknown == -1);
  CHECK_FALSE(t.whole_words);
  json model = small_bpe();
  model["ignore_merges"] = true;
  model["unk_token"] = "<|end|>";
  CHECK(read(model).whole_words);
  CHECK(read(model).unknown == 5);
}

TEST_CASE("pieces that end words are found by what is written behind them") {
  json model = small_bpe();
  model["end_of_word_suffix"] = "</w>";
  model["vocab"]["b</w>"] = 7u;
  const schema::WordTokenizerT t = read(model);
  REQUIRE(t.end_bytes.size() == 256);
  CHECK(t.end_bytes['b'] == 7);
  CHECK(t.end_bytes['a'] == UINT32_MAX);
  CHECK(t.bytes['b'] == 1);
  CHECK(read(small_bpe()).end_bytes.empty());
  schema::WordTokenizerT of_characters;
  check_refusal([&] { tools::read_bpe(model, false, of_characters, "t.json: model"); },
                "end_of_word_suffix is \"</w>\"");
}

TEST_CASE("what is not known, or has no piece, is refused by name") {
  check_refused_bpe("dropout", "0.1", "dropout is 0.1");
  check_refused_bpe("continuing_subword_prefix", "\"##\"", "continuing_subword_prefix is \"##\"");
  check_refused_bpe("cache", "1", "\"cache\" is not known");
  check_refused_bpe("vocab", "{}", "vocab has no pieces");
  check_refused_bpe("vocab", "[]", "vocab is []; it must be an object");
  check_refused_bpe("vocab", R"({"a": 0, "b": 0})", "vocab has an id of two pieces");
  check_refused_bpe("vocab", R"({"a": -1})", "the piece \"a\" has the id -1");
  check_refused_bpe("vocab", R"({"a": 99999999})", "the piece \"a\" has the id 99999999");
  check_refused_bpe("merges", R"(["a"])", "the merge \"a\" is not two pieces");
  check_refused_bpe("merges", R"(["a b c"])", "the merge \"a b c\" is not two pieces");
  check_refused_bpe("merges", R"([["a"]])", "is not two pieces");
  check_refused_bpe("merges", R"(["a z"])", "the piece \"z\" is not in vocab");
  check_refused_bpe("merges", R"(["b a"])", "the piece \"ba\" is not in vocab");
  check_refused_bpe("unk_token", "\"<unk>\"", "the piece \"<unk>\" is not in vocab");
  check_refused_bpe("fuse_unk", "true", "vocab has not all bytes, and fuse_unk");
  check_refused_bpe("byte_fallback", "true", "vocab has not all bytes, and byte_fallback");
}

}  // namespace fovea::test
