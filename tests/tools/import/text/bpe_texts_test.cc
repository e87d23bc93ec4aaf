// Texts through byte-level BPE tokenizers, read and run: the ids of the `tokenizers` library, and
// time.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/cpu_time.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tiny_model.h"
#include "tools/checkpoint/json.h"
#include "tools/common/mapped_file.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

constexpr uint32_t kBpeRows = 60000;  // ids that the model takes

json read_file(const std::string& path) {
  const tools::MappedFile file(path);
  return tools::read_json(file.bytes(), path, {.bytes = 1 << 30, .values = 1 << 30});
}

// A tokenizer of tokenizer.json in a model file.
class Encoder {
 public:
  explicit Encoder(const json& file) {
    json parts;  // without the lines' ids
    for (const char* key : {"normalizer", "pre_tokenizer", "added_tokens", "model"}) {
      if (file.contains(key)) parts[key] = file[key];
    }
    const auto t = tools::make_tokenizer(parts, kBpeRows, "t.json");
    pieces_ = t->pieces;
    image_ = tiny_model([&](schema::ModelT& model) { model.tokenizers.push_back(t->packed()); });
    fovea_error error = {};
    REQUIRE(fovea_open(image_.span(), {}, &model_, &error) == FOVEA_OK);
  }

  Ids encode(const std::string& text) const {
    Ids ids(fovea_encode_room(&model_, 0, text.size()));
    size_t count = 0;
    fovea_error error = {};
    REQUIRE(fovea_encode(&model_, 0, text.data(), text.size(), ids.data(), ids.size(), &count,
                         &error) == FOVEA_OK);
    ids.resize(count);
    return ids;
  }
  std::string decode(const Ids& ids) const {
    std::string text;
    for (const int32_t id : ids) text += pieces_[static_cast<size_t>(id)];
    return text;
  }

 private:
  std::vector<std::string> pieces_;
  Image image_;
  fovea_model model_ = {};
};

const std::string kGpt2File = FOVEA_DATA "/tokenizers/gpt2/tokenizer.json";
const std::string kStrings = FOVEA_DATA "/llamacpp_vocab/ggml-vocab-gpt-2.gguf";

}  // namespace

TEST_CASE("texts of many scripts have the library's ids, and the ids their texts") {
  const char* path = std::getenv("FOVEA_BPE");  // for more than the repository has
  const json cases = read_file(path == nullptr ? FOVEA_TOKENIZERS "/bpe.json" : path);
  REQUIRE(cases["tokenizers"].size() >= 6);
  for (const json& c : cases["tokenizers"]) {
    const std::string name = c["name"];
    CAPTURE(name);
    const Encoder encoder(c);
    const bool exact = name != "without all bytes" && name != "gpt2, prefix";
    for (size_t i = 0; i < cases["lines"].size(); ++i) {
      const std::string line = cases["lines"][i];
      const Ids ids = encoder.encode(line);
      CAPTURE(line);
      CHECK(ids == c["ids"][i].get<Ids>());
      if (exact) CHECK(encoder.decode(ids) == line);
    }
  }
}

TEST_CASE("GPT-2's own tokenizer gives the ids of 46 strings") {
  if (!std::filesystem::exists(kGpt2File) || !std::filesystem::exists(kStrings + ".inp")) {
    skip("the real tokenizers are not here");
    return;
  }
  json file = read_file(kGpt2File);
  // Its own are runs of spaces, which the 46 strings' ids are without; this one's id is a new one.
  file["added_tokens"] = json::parse(R"([{"id": 50259, "content": "<|more|>", "special": false,
      "normalized": false, "lstrip": false, "rstrip": false, "single_word": false}])");
  const Encoder encoder(file);
  CHECK(encoder.encode("a<|more|>a") == Ids{64, 50259, 64});
  const std::string between = "\n__ggml_vocab_test__\n", all = read_bytes(kStrings + ".inp");
  std::istringstream expected(read_bytes(kStrings + ".out"));
  int strings = 0;
  for (size_t at = 0; at < all.size(); ++strings) {
    const size_t end = std::min(all.find(between, at), all.size());
    const std::string text = all.substr(at, end - at);
    at = end + between.size();
    std::string line;
    REQUIRE(std::getline(expected, line));
    std::istringstream numbers(line);
    CAPTURE(text);
    CHECK(encoder.encode(text) ==
          Ids{std::istream_iterator<int32_t>(numbers), std::istream_iterator<int32_t>()});
  }
  CHECK(strings == 46);
}

TEST_CASE("64 KB of text and one word of 64 KB take milliseconds") {
  const json cases = read_file(FOVEA_TOKENIZERS "/bpe.json");
  std::string text;
  while (text.size() < 1 << 16) {
    for (const std::string line : cases["lines"]) text += line;
  }
  text.resize(1 << 16);
  const std::string word(1 << 16, 'e');
  for (const json& c : cases["tokenizers"]) {
    const Encoder encoder(c);
    const double of_text = cpu_seconds(2, [&] { encoder.encode(text); });
    const double of_word = cpu_seconds(2, [&] { encoder.encode(word); });
    MESSAGE(c["name"].get<std::string>(), ": ", of_text * 1e3, " ms, one word ", of_word * 1e3,
            " ms");
    CHECK(of_text < 0.05 * kPatience);
    CHECK(of_word < 0.05 * kPatience);
  }
}

}  // namespace fovea::test
