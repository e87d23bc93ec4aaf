// Where special tokens and pieces come from, without a trained model.

#include "tools/import/special_tokens.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/import/import.h"
#include "tools/import/tokenizer.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;

const LlamaShape kSmallShape = {.width = 12,
                                .ffn_width = 10,
                                .layers = 1,
                                .heads = 2,
                                .kv_heads = 1,
                                .head_width = 6,
                                .vocabulary = 21,
                                .context = 40};

struct Model {
  TemporaryFolder folder;

  // `keys` are put into config.json, each with a comma behind it.
  explicit Model(const std::string& keys, const LlamaShape& shape = kSmallShape) {
    write_checkpoint(random_llama(shape, 1), folder.path());
    const std::string config = config_json(shape);
    write_bytes(folder.file("config.json"), "{" + keys + config.substr(config.find('{') + 1));
  }
  Model& beside(const char* name, const std::string& json) {
    write_bytes(folder.file(name), json);
    return *this;
  }
  schema::SpecialTokensT special() const {
    return *tools::import_model(tools::open_checkpoint(folder.path()), {}).model.special;
  }
};

// llama2.c's tokenizer file of pieces without scores.
std::string tokenizer_bytes(const std::vector<std::string>& pieces) {
  std::string bytes(4, '\1');
  for (const std::string& piece : pieces) {
    const int32_t size = static_cast<int32_t>(piece.size());
    bytes.append(4, '\0');
    bytes.append(reinterpret_cast<const char*>(&size), 4);
    bytes += piece;
  }
  return bytes;
}

auto parse(const std::string& bytes) {
  return tools::parse_llama2c_tokenizer(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, "t.bin");
}

}  // namespace

TEST_CASE("a key counts in generation_config.json, config.json, tokenizer_config.json, its class") {
  const std::string tokenizer =
      R"({"eos_token": "<e>", "pad_token": {"content": "<p>"},
          "added_tokens_decoder": {"11": {"content": "<e>"}, "12": {"content": "<p>"}}})";
  CHECK(Model("").special().end == Ids{2});
  CHECK(Model("").special().begin == Ids{1});
  CHECK(Model("").special().padding.empty());
  CHECK(Model("").beside("tokenizer_config.json", tokenizer).special().end == Ids{11});
  CHECK(Model("").beside("tokenizer_config.json", tokenizer).special().padding == Ids{12});
  const std::string config = R"("eos_token_id": [3, 4],)";
  CHECK(Model(config).beside("tokenizer_config.json", tokenizer).special().end == Ids{3, 4});
  const char* generation = R"({"eos_token_id": [5, 6, 7]})";
  CHECK(Model(config).beside("generation_config.json", generation).special().end == Ids{5, 6, 7});
  CHECK(Model(config).beside("generation_config.json", "{}").special().end == Ids{3, 4});
  CHECK(Model(R"("eos_token_id": null,)").special().end.empty());
}

TEST_CASE("a tokenizer may say that no token begins a text; ids of the class need a row") {
  const auto begin = [](const char* tokenizer) {
    return Model("").beside("tokenizer_config.json", tokenizer).special().begin;
  };
  CHECK(begin(R"({"add_bos_token": false})").empty());
  CHECK(begin(R"({"add_bos_token": true})") == Ids{1});
  LlamaShape two = kSmallShape;
  two.vocabulary = 2;
  CHECK(Model("", two).special().begin == Ids{1});
  CHECK(Model("", two).special().end.empty());
}

TEST_CASE("ids that stand for none, and padding that the model has no row for") {
  CHECK(Model(R"("pad_token_id": -1,)").special().padding.empty());
  CHECK(Model(R"("pad_token_id": 21,)").special().padding.empty());
  CHECK(Model(R"("pad_token_id": 20,)").special().padding == Ids{20});
  const Model past(R"("bos_token_id": 21,)");
  check_refusal([&] { past.special(); }, "bos_token_id is 21, the model has ids below 21");
}

TEST_CASE("files that are no JSON, and tokens without a number, are refused by name") {
  Model model("");
  model.beside("generation_config.json", "[2]");
  check_refusal([&] { model.special(); }, "generation_config.json");
  Model other("");
  other.beside("tokenizer_config.json",
               R"({"eos_token": "x", "added_tokens_decoder": {"1x": {"content": "x"}}})");
  check_refusal([&] { other.special(); }, "tokenizer_config.json", "'1x'");
}

TEST_CASE("a tokenizer's unknown piece, and what is no tokenizer") {
  CHECK(parse(tokenizer_bytes({"a", "<unk>", "b"}))->unknown == 1);
  CHECK(parse(tokenizer_bytes({"a", "b"}))->unknown == -1);
  CHECK(parse(tokenizer_bytes({"b", "", "a"}))->sorted == std::vector<uint32_t>{1, 2, 0});
  check_refusal([] { parse(tokenizer_bytes({})); }, "t.bin: not a llama2.c tokenizer");
  const std::string whole = tokenizer_bytes({"ab"});
  for (size_t size = 0; size < whole.size(); ++size) {
    check_refusal([&] { parse(whole.substr(0, size)); }, "t.bin: not a llama2.c tokenizer");
  }
}

}  // namespace fovea::test
