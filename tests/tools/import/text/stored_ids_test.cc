// Real vocabularies, of GGUF files and of tokenizer.json: strings with the ids stored beside them.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/cpu_time.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/text/encoding.h"
#include "tools/checkpoint/gguf/reader.h"
#include "tools/checkpoint/json.h"
#include "tools/import/text/gguf_tokenizer.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

// The strings of PATH.inp have the ids of PATH.out; returns how many there are.
int compare_strings(OnlyTokenizer& tokenizer, uint32_t flags, const std::string& path) {
  CAPTURE(path);
  const std::string between = "\n__ggml_vocab_test__\n", all = read_bytes(path + ".inp");
  std::istringstream expected(read_bytes(path + ".out"));
  int strings = 0;
  for (size_t at = 0; at < all.size(); ++strings) {
    const size_t end = std::min(all.find(between, at), all.size());
    const std::string text = all.substr(at, end - at);
    at = end + between.size();
    std::string line;
    REQUIRE(std::getline(expected, line));
    std::istringstream numbers(line);
    CAPTURE(text);
    CHECK(tokenizer.encode({text}, flags) ==
          Ids{std::istream_iterator<int32_t>(numbers), std::istream_iterator<int32_t>()});
  }
  return strings;
}

// The same for what a GGUF file's keys say.
int compare_keys(const json& keys, const std::string& path) {
  const auto rows = static_cast<uint32_t>(keys["tokenizer.ggml.tokens"].size());
  const auto made = tools::read_gguf_tokenizer(keys, rows, "v.gguf");
  REQUIRE(made != nullptr);
  made->single = {-1};
  OnlyTokenizer tokenizer(*made, rows);
  return compare_strings(tokenizer, FOVEA_TEXT_WHOLE, path);
}

json keys_of_file(const std::string& path) {
  json keys = json::object();
  const tools::GgufFile file = tools::read_gguf(tools::MappedFile(path));
  for (const auto& [key, value] : file.metadata.items()) {
    if (key.starts_with("tokenizer.")) keys[key] = value;
  }
  return keys;
}

// What a GGUF file would have of a tokenizer.json: tokens by id.
json keys_of_json(const std::string& path) {
  const json file = tools::read_large_json(path);
  const json& vocab = file["model"]["vocab"];
  std::vector<std::string> tokens(vocab.size());
  std::vector<int> types(vocab.size(), 1);
  for (const auto& [token, id] : vocab.items()) tokens[id.get<size_t>()] = token;
  for (const json& added : file["added_tokens"]) {
    if (added["id"] < types.size() && added["special"] == true) types[added["id"]] = 3;
  }
  return {{"tokenizer.ggml.tokens", tokens}, {"tokenizer.ggml.token_type", types}};
}

}  // namespace

TEST_CASE("vocabularies of GGUF files give the ids that are stored beside them") {
  const char* folder = std::getenv("FOVEA_VOCABULARIES");  // llama.cpp's repository has some
  if (folder == nullptr) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".gguf")) continue;
    CHECK(compare_keys(keys_of_file(path), path) >= 40);
  }
}

TEST_CASE("the vocabularies of GPT-2 and BERT, as files have them, give the stored ids") {
  const std::string data = FOVEA_DATA, strings = data + "/llamacpp_vocab/ggml-vocab-";
  if (!std::filesystem::exists(strings + "gpt-2.gguf.inp")) {
    skip("the real vocabularies are not here");
    return;
  }
  const std::string gpt2 = data + "/tokenizers/gpt2/tokenizer.json";
  json keys = keys_of_json(gpt2);
  keys["tokenizer.ggml.model"] = "gpt2";
  keys["tokenizer.ggml.pre"] = "gpt-2";
  keys["tokenizer.ggml.merges"] = tools::read_large_json(gpt2)["model"]["merges"];
  CHECK(compare_keys(keys, strings + "gpt-2.gguf") == 46);
  keys = keys_of_json(data + "/tokenizers/bert_uncased_minilm/tokenizer.json");
  keys["tokenizer.ggml.model"] = "bert";
  keys["tokenizer.ggml.pre"] = "bert-bge";
  keys["tokenizer.ggml.unknown_token_id"] = 100u;
  keys["tokenizer.ggml.cls_token_id"] = 101u;
  keys["tokenizer.ggml.seperator_token_id"] = 102u;
  json& tokens = keys["tokenizer.ggml.tokens"];
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string token = tokens[i];
    if (keys["tokenizer.ggml.token_type"][i] == 3) continue;
    tokens[i] = token.starts_with("##") ? token.substr(2) : "\xE2\x96\x81" + token;
  }
  CHECK(compare_keys(keys, strings + "bert-bge.gguf") == 46);
}

TEST_CASE("the strings of bert-bge give the stored ids") {
  const std::string data = FOVEA_DATA;
  const std::string file = data + "/tokenizers/bert_uncased_minilm/tokenizer.json";
  if (!std::filesystem::exists(file)) {
    skip("the tokenizer of MiniLM is not here");
    return;
  }
  OnlyTokenizer t(*tools::read_tokenizer_json(file, 30522), 30522);
  const std::string path = data + "/llamacpp_vocab/ggml-vocab-bert-bge.gguf";
  constexpr uint32_t kFlags = FOVEA_TEXT_BARE | FOVEA_TEXT_WHOLE;
  CHECK(compare_strings(t, kFlags, path) == 46);
  std::string text;
  while (text.size() < 1 << 16) text += read_bytes(path + ".inp");
  text.resize(1 << 16);
  const double seconds = cpu_seconds(2, [&] { t.encode({text}, kFlags); });
  MESSAGE("64 KB: ", seconds * 1e3, " ms");
  CHECK(seconds < 0.05 * kPatience);
}

}  // namespace fovea::test
