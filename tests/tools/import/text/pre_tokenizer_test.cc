// Pre-tokenizers of tokenizer.json against what the `tokenizers` library makes of texts.

#include "tools/import/text/pre_tokenizer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/import/text/words.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

struct Read {
  schema::WordTokenizerT tokenizer;
  bool byte_level;

  explicit Read(const json& value)
      : byte_level(tools::read_pre_tokenizer(value, tokenizer, "t.json: pre_tokenizer")) {}

  Strings words(const std::string& text) const {
    Strings all = {text};
    for (const auto& splitter : tokenizer.splitters) {
      const Splitting splitting(*splitter);
      Strings next;
      for (const std::string& word : all) {
        for (const std::string& part : splitting.words(word)) next.push_back(part);
      }
      all = std::move(next);
    }
    return all;
  }
};

void check_refused_type(const char* value, const std::string& said) {
  check_refusal([&] { Read read(json::parse(value)); }, "t.json: pre_tokenizer", said);
}

}  // namespace

TEST_CASE("pre-tokenizers of all kinds find the library's words in texts of many scripts") {
  const json cases = split_cases();
  REQUIRE(cases["pre_tokenizers"].size() > 20);
  for (const auto& c : cases["pre_tokenizers"]) {
    CAPTURE(c["pre_tokenizer"].dump());
    const Read read(c["pre_tokenizer"]);
    for (size_t i = 0; i < cases["lines"].size(); ++i) {
      const std::string line = cases["lines"][i];
      CAPTURE(line);
      CHECK(read.words(line) == words_at(line, c["words"][i]));
    }
  }
}

TEST_CASE("whether words become bytes, and what stands before each text") {
  CHECK_FALSE(Read(nullptr).byte_level);
  CHECK(Read(nullptr).words(" a b") == Strings{" a b"});
  CHECK_FALSE(Read(json::parse(R"({"type": "Whitespace"})")).byte_level);
  const Read defaults(json::parse(R"({"type": "ByteLevel"})"));
  CHECK(defaults.byte_level);
  CHECK(defaults.tokenizer.prefix == " ");
  CHECK(defaults.words("a b") == Strings{"a", " b"});
  const Read plain(
      json::parse(R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": false})"));
  CHECK(plain.byte_level);
  CHECK(plain.tokenizer.prefix.empty());
  CHECK(plain.tokenizer.splitters.empty());
}

TEST_CASE("what is not known, or would give other words, is refused by name") {
  check_refused_type("[]", "[] where an object is needed");
  check_refused_type("{}", "type is missing");
  check_refused_type(R"({"type": 3})", "type is 3; it must be a text");
  check_refused_type(R"({"type": "UnicodeScripts"})", "the type UnicodeScripts is not known");
  check_refused_type(R"({"type": "Whitespace", "pattern": 1})", "\"pattern\" is not known");
  check_refused_type(R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Gone"})",
                     "the pattern a: behavior Gone is not known");
  check_refused_type(R"({"type": "Split", "pattern": {"Glob": "a"}, "behavior": "Removed"})",
                     ".pattern: String is missing");
  check_refused_type(R"({"type": "Split", "pattern": {"Regex": "ab"}, "behavior": "Removed"})",
                     "Removed with matches of more than one character");
  check_refused_type(
      R"({"type": "Split", "pattern": {"Regex": "a+"}, "behavior": "MergedWithNext"})",
      "MergedWithNext with matches of more than one character");
  check_refused_type(R"({"type": "Split", "pattern": {"Regex": "a*"}, "behavior": "Contiguous"})",
                     "matches text of no characters");
  check_refused_type(R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"})",
                     "matches text of no characters");
  check_refused_type(R"({"type": "Digits", "individual_digits": 1})", "it must be true or false");
  check_refused_type(R"({"type": "Sequence", "pretokenizers": [
                      {"type": "ByteLevel"}, {"type": "Digits"}]})",
                     ".pretokenizers[1]: Digits behind ByteLevel would split bytes");
  check_refused_type(R"({"type": "Sequence", "pretokenizers": [
                      {"type": "Digits"}, {"type": "ByteLevel"}]})",
                     "add_prefix_space behind other splitting");
  std::string deep = R"({"type": "Whitespace"})";
  for (int i = 0; i < 10; ++i) deep = R"({"type": "Sequence", "pretokenizers": [)" + deep + "]}";
  check_refused_type(deep.c_str(), "sequences too deep");
}

}  // namespace fovea::test
