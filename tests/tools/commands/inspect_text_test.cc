// What `fovea inspect` says of a tokenizer.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/commands/text_folder.h"

namespace fovea::test {
namespace {

using nlohmann::json;

std::string printed(const std::string& arguments) {
  const Outcome outcome = fovea("inspect " + arguments);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return outcome.out;
}

bool says(const std::string& text, const char* part) {
  CAPTURE(text);
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("inspect prints what stands around a text") {
  const TextFolder folder("bert-7");
  folder.convert();
  const std::string shown = printed(folder.model);
  CHECK(says(shown, "a text is [CLS] (text) [SEP]"));
  CHECK(says(shown, "a pair is [CLS] (text) [SEP] (text) [SEP]"));
  CHECK(!says(shown, "stands before words"));
  const json tokenizer = json::parse(printed(folder.model + " --json"))["tokenizers"][0];
  CHECK(tokenizer["text"] == json::parse(R"(["[CLS]", null, "[SEP]"])"));
}

TEST_CASE("inspect prints a tokenizer's prefix and length") {
  const TextFolder folder("bert-7");
  write_bytes(folder.folder + "/tokenizer.json", R"({
      "truncation": {"max_length": 7, "stride": 0, "strategy": "LongestFirst", "direction": "Right"},
      "pre_tokenizer": {"type": "Metaspace", "replacement": "_"},
      "decoder": {"type": "Metaspace", "replacement": "_"},
      "model": {"type": "Unigram", "unk_id": 0, "vocab": [["?", 0], ["_", -1], ["a", -2]]}})");
  folder.convert();
  const std::string shown = printed(folder.model);
  CHECK(says(shown, "Unigram, 3 pieces"));
  CHECK(says(shown, "\"_\" stands before words"));
  CHECK(says(shown, "cut to 7 tokens"));
  CHECK(says(shown, "a text is (text)"));
}

}  // namespace fovea::test
