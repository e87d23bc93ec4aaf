// Tokenizers of GGUF files, made by hand; real vocabularies are in stored_ids_test.cc.

#include "tools/import/text/gguf_tokenizer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/import/text/encoding.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

json keys_of(const char* model, const std::vector<std::string>& tokens,
             const std::vector<int>& types) {
  return {{"tokenizer.ggml.model", model},
          {"tokenizer.ggml.tokens", tokens},
          {"tokenizer.ggml.token_type", types}};
}

// ▁ and a, b, ab, their merges by scores.
json piece_keys() {
  json keys = keys_of("llama",
                      {"<unk>", "<s>", "</s>", "\xE2\x96\x81", "a", "b", "ab",
                       "\xE2\x96\x81"
                       "a",
                       "<x>", "[PAD9]"},
                      {2, 3, 3, 1, 1, 1, 1, 1, 4, 5});
  keys["tokenizer.ggml.scores"] = {0, 0, 0, -9, -9, -9, -1, -2, 0, -1000};
  keys["tokenizer.ggml.bos_token_id"] = 1u;
  keys["tokenizer.ggml.eos_token_id"] = 2u;
  return keys;
}

json byte_keys() {
  json keys =
      keys_of("gpt2", {"<|e|>", "a", "b", "1", "2", "\xC4\xA0", "ab", "12", "<y>", "[PAD9]"},
              {3, 1, 1, 1, 1, 1, 1, 1, 4, 5});
  keys["tokenizer.ggml.merges"] = {"a b", "1 2"};
  keys["tokenizer.ggml.pre"] = "gpt-2";
  keys["tokenizer.ggml.bos_token_id"] = 0u;
  keys["tokenizer.ggml.eos_token_id"] = 0u;
  return keys;
}

Ids encode_gguf(const json& keys, const std::string& text, uint32_t flags = 0) {
  OnlyTokenizer tokenizer(*tools::read_gguf_tokenizer(keys, 10, "t.gguf"), 10);
  return tokenizer.encode({text}, flags);
}

template <typename... Parts>
void refused(json keys, const std::string& key, const json& value, const Parts&... parts) {
  keys["tokenizer.ggml." + key] = value;
  check_refusal([&] { tools::read_gguf_tokenizer(keys, 10, "t.gguf"); }, "t.gguf", parts...);
}

}  // namespace

TEST_CASE("pieces with scores") {
  json keys = piece_keys();
  CHECK(encode_gguf(keys, "ab") == Ids{1, 3, 6});
  CHECK(encode_gguf(keys, "a a") == Ids{1, 7, 7});
  CHECK(encode_gguf(keys, "a<x>b") == Ids{1, 7, 8, 5});
  keys["tokenizer.ggml.add_space_prefix"] = false;
  CHECK(encode_gguf(keys, "ab") == Ids{1, 6});
  CHECK(encode_gguf(keys, "ab  ") == Ids{1, 6, 3, 3});
  keys["tokenizer.ggml.remove_extra_whitespaces"] = true;
  CHECK(encode_gguf(keys, "ab  ") == Ids{1, 6});
  keys["tokenizer.ggml.add_eos_token"] = true;
  CHECK(encode_gguf(keys, "ab") == Ids{1, 6, 2});
  keys["tokenizer.ggml.add_bos_token"] = false;
  CHECK(encode_gguf(keys, "ab") == Ids{6, 2});
}

TEST_CASE("older files call the unknown piece a control piece, and padding unknown") {
  json keys = piece_keys();
  keys["tokenizer.ggml.token_type"] = {3, 3, 3, 1, 1, 1, 1, 1, 4, 2};
  keys["tokenizer.ggml.token_type"][9] = 1;
  refused(keys, "add_bos_token", true, "no unknown piece");
  keys["tokenizer.ggml.token_type"][9] = 2;
  keys["tokenizer.ggml.unknown_token_id"] = 0u;
  CHECK(encode_gguf(keys, "ab c") == Ids{1, 3, 6, 3, 0});
}

TEST_CASE("pieces of bytes, split as the file says") {
  json keys = byte_keys();
  CHECK(encode_gguf(keys, "ab 12") == Ids{6, 5, 7});
  CHECK(encode_gguf(keys, "ab<y>") == Ids{6, 8});
  CHECK(encode_gguf(keys, "a<|e|>", FOVEA_TEXT_SPECIAL) == Ids{1, 0});
  keys["tokenizer.ggml.pre"] = "smollm";
  CHECK(encode_gguf(keys, "ab12") == Ids{6, 3, 4});
  keys["tokenizer.ggml.pre"] = "qwen2";
  CHECK(encode_gguf(keys, "ab12") == Ids{6, 3, 4});
  keys["tokenizer.ggml.pre"] = "llama-bpe";  // has a begin token unless it is said
  CHECK(encode_gguf(keys, "ab12") == Ids{0, 6, 7});
  keys["tokenizer.ggml.add_bos_token"] = false;
  CHECK(encode_gguf(keys, "ab12") == Ids{6, 7});
  keys["tokenizer.ggml.add_space_prefix"] = true;
  keys["tokenizer.ggml.pre"] = "gpt-2";
  CHECK(encode_gguf(keys, "ab") == Ids{5, 6});
}

TEST_CASE("what a tokenizer's keys say and is not understood is refused by name") {
  refused(byte_keys(), "pre", "falcon", "tokenizer.ggml.pre is \"falcon\"", "smollm");
  refused(byte_keys(), "model", "rwkv", "tokenizer.ggml.model is \"rwkv\"");
  refused(byte_keys(), "some_key", 3, "tokenizer.ggml.some_key (3)");
  refused(byte_keys(), "tokens", {"a", "a"}, "token_type");
  refused(byte_keys(), "tokens", 3, "tokens is 3");
  refused(byte_keys(), "tokens", std::vector<std::string>(11, "a"), "11 tokens", "10 ids");
  refused(byte_keys(), "token_type", std::vector<int>(10, 7), "token_type");
  refused(byte_keys(), "token_type", std::vector<int>(10, 6), "token_type", "bytes");
  refused(byte_keys(), "merges", {"a c"}, "\"c\"");
  refused(byte_keys(), "add_space_prefix", 1, "add_space_prefix");
  refused(byte_keys(), "remove_extra_whitespaces", true, "remove_extra_whitespaces (true)");
  refused(byte_keys(), "precompiled_charsmap", {1, 2}, "precompiled_charsmap");
  refused(byte_keys(), "add_sep_token", true, "add_sep_token (true)");
  refused(piece_keys(), "add_sep_token", true, "add_sep_token (true)");
  refused(piece_keys(), "scores", {1, 2}, "scores");
  refused(piece_keys(), "bos_token_id", 10u, "bos_token_id is 10");
  refused(piece_keys(), "precompiled_charsmap", {300}, "precompiled_charsmap");
  json twice = byte_keys();
  twice["tokenizer.ggml.tokens"][2] = "a";
  refused(twice, "pre", "gpt-2", "a twice");
  json without = piece_keys();
  without.erase("tokenizer.ggml.eos_token_id");
  refused(without, "add_eos_token", true, "eos_token_id is missing");
  CHECK(tools::read_gguf_tokenizer({}, 10, "t.gguf") == nullptr);
  CHECK(tools::read_gguf_tokenizer({{"tokenizer.ggml.model", "none"}}, 10, "t.gguf") == nullptr);
}

TEST_CASE("words of which pieces that begin one are marked") {
  json keys = keys_of("bert",
                      {"[UNK]", "[CLS]", "[SEP]",
                       "\xE2\x96\x81"
                       "a",
                       "b",
                       "\xE2\x96\x81"
                       "b"},
                      {3, 3, 3, 1, 1, 1});
  keys["tokenizer.ggml.pre"] = "bert-bge";
  keys["tokenizer.ggml.unknown_token_id"] = 0u;
  keys["tokenizer.ggml.cls_token_id"] = 1u;
  keys["tokenizer.ggml.seperator_token_id"] = 2u;
  CHECK(encode_gguf(keys, "Ab b c") == Ids{1, 3, 4, 5, 0, 2});
  refused(keys, "pre", "jina-v2-en", "jina-v2-en");
  refused(keys, "cls_token_id", 7u, "cls_token_id");
  refused(keys, "add_bos_token", false, "add_bos_token (false)");
  refused(keys, "add_eos_token", false, "add_eos_token (false)");
  refused(keys, "add_sep_token", true, "add_sep_token (true)");
  refused(keys, "add_space_prefix", true, "add_space_prefix (true)");
}

}  // namespace fovea::test
