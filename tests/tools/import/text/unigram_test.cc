// Unigram of tokenizer.json: what it makes of texts, and what is refused.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/import/text/encoding.h"
#include "tests/tools/refused.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using tools::make_tokenizer;
using Ids = std::vector<int32_t>;

constexpr uint32_t kUnigramRows = 40;

// With U+2581 for each ~.
std::string spaced(std::string text) {
  for (size_t at; (at = text.find('~')) != text.npos;) text.replace(at, 1, "\xE2\x96\x81");
  return text;
}

json small_unigram() {
  return json::parse(spaced(R"({
    "normalizer": null,
    "pre_tokenizer": {"type": "Metaspace", "replacement": "~", "prepend_scheme": "always"},
    "decoder": {"type": "Metaspace", "replacement": "~", "prepend_scheme": "always"},
    "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [
      ["<unk>", 0], ["~", -3], ["a", -2], ["b", -2], ["ab", -3.5], ["~a", -2.5], ["aa", -4],
      ["aaa", -6], ["~ab", -100], ["c", -2], ["<0x64>", -9], ["<0xC3>", -9], ["<0xA9>", -9]]}})"));
}

Ids encode_unigram(const json& values, const std::string& text) {
  OnlyTokenizer t(*make_tokenizer(values, kUnigramRows, "t.json"), kUnigramRows);
  return t.encode({text}, kBare);
}

std::string unigram_refusal(const json& values) {
  return refusal([&] { make_tokenizer(values, kUnigramRows, "t.json"); });
}

// The line of a refusal after one value was changed.
std::string changed(const char* place, const json& value) {
  json values = small_unigram();
  values[json::json_pointer(place)] = value;
  return unigram_refusal(values);
}

}  // namespace

TEST_CASE("Unigram takes the pieces of the largest sum") {
  CHECK(encode_unigram(small_unigram(), "ab") == Ids{5, 3});  // ~a b: -4.5, ~ ab: -6.5, ~ab: -100
  CHECK(encode_unigram(small_unigram(), "c ab a") == Ids{1, 9, 5, 3, 5});
  CHECK(encode_unigram(small_unigram(), "").empty());
  CHECK(encode_unigram(small_unigram(), " ") == Ids{1});
}

TEST_CASE("of equal sums the last piece is the longest") {
  json values = small_unigram();
  values["pre_tokenizer"] = json();
  CHECK(encode_unigram(values, "aaa") == Ids{7});
  values["model"]["vocab"][7][1] = -7;  // worse than a aa, aa a and a a a, which are equal
  CHECK(encode_unigram(values, "aaa") == Ids{2, 6});
}

TEST_CASE("neighbours without pieces are one unknown piece, or bytes") {
  CHECK(encode_unigram(small_unigram(), "axyb") == Ids{5, 0, 3});
  CHECK(encode_unigram(small_unigram(), "x y") == Ids{1, 0, 1, 0});
  json values = small_unigram();
  values["model"]["byte_fallback"] = true;
  CHECK(encode_unigram(values, "ad\xC3\xA9") == Ids{5, 10, 11, 12});
  CHECK(encode_unigram(values, "adx") == Ids{5, 0});  // x has no piece: neither has d
  CHECK(encode_unigram(values, "a<unk>b") == Ids{5, 0, 3});
}

TEST_CASE("a character that only longer pieces begin with may be unknown") {
  json values = small_unigram();
  values["pre_tokenizer"] = json();
  values["model"]["vocab"].push_back({"xy", -5});
  values["model"]["vocab"].push_back({"yz", -1});
  CHECK(encode_unigram(values, "xyz") == Ids{0, 14});  // not xy with an unknown z
}

TEST_CASE("scores that are no float32 count whole") {
  json values = small_unigram();
  values["pre_tokenizer"] = json();
  values["model"]["vocab"][4][1] = -4 + 1e-12;  // ab, a b
  CHECK(encode_unigram(values, "ab") == Ids{4});
  values["model"]["vocab"][4][1] = -4 - 1e-12;
  CHECK(encode_unigram(values, "ab") == Ids{2, 3});
}

TEST_CASE("Metaspace puts its prefix before each word, the first, or none") {
  json values = small_unigram();
  const auto with = [&](const char* scheme, const char* text, bool split = true) {
    values["pre_tokenizer"]["prepend_scheme"] = scheme;
    values["pre_tokenizer"]["split"] = split;
    return encode_unigram(values, text);
  };
  CHECK(with("always", "a") == Ids{5});
  CHECK(with("never", "a") == Ids{2});
  CHECK(with("first", "a") == Ids{5});
  CHECK(with("always", spaced("~a").c_str()) == Ids{5});
  CHECK(with("always", " a") == Ids{5});
  values["added_tokens"] = json::parse(R"([{"id": 13, "content": "<x>", "normalized": false}])");
  CHECK(with("always", "a<x>a") == Ids{5, 13, 5});
  CHECK(with("first", "a<x>a") == Ids{5, 13, 2});
  CHECK(with("first", "<x>a") == Ids{13, 2});
  CHECK(with("never", "a  a", false) == Ids{2, 1, 5});
  values["pre_tokenizer"] = json::parse(spaced(R"({"type": "Sequence", "pretokenizers": [
      {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "~"}]})"));
  CHECK(encode_unigram(values, "\ta\n b") == Ids{5, 1, 3});
  values["pre_tokenizer"]["pretokenizers"][1]["prepend_scheme"] = "first";
  CHECK(encode_unigram(values, "a a") == Ids{5, 2});
  CHECK(encode_unigram(values, " a a") == Ids{2, 2});  // the text itself begins with a space
}

TEST_CASE("decoding makes spaces again, but none at the beginning") {
  const auto text = [](const json& decoder, const Ids& ids) {
    json values = small_unigram();
    values["decoder"] = decoder;
    return OnlyTokenizer(*make_tokenizer(values, kUnigramRows, "t.json"), kUnigramRows).decode(ids);
  };
  json decoder = small_unigram()["decoder"];
  CHECK(text(decoder, {5, 3, 5, 1}) == "ab a ");
  decoder["prepend_scheme"] = "never";
  CHECK(text(decoder, {5, 3, 5}) == " ab a");
  CHECK(text(json(), {5, 3}) == spaced("~a b"));
  const json steps = json::parse(spaced(R"({"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "~"}, "content": " "}, {"type": "ByteFallback"},
      {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})"));
  CHECK(text(steps, {1, 5, 10, 1}) == " ad ");
  // A token may end within a character.
  CHECK(text(steps, {5, 11}) == "a\xC3");
  CHECK(text(steps, {5, 11, 12}) == "a\xC3\xA9");
}

TEST_CASE("what Unigram, Metaspace and decoders do not say is refused by its place") {
  CHECK(says(changed("/model/unk_id", json()), "t.json: model: unk_id is missing"));
  CHECK(says(changed("/model/unk_id", 13u), "unk_id 13 is no id"));
  CHECK(says(changed("/model/vocab", json::array()), "vocab has 0 pieces"));
  CHECK(says(changed("/model/vocab", json::parse(R"([["", 0]])")), "no pieces that texts become"));
  CHECK(says(changed("/model/vocab/3", "b"), "model.vocab: \"b\" is not a piece and its score"));
  CHECK(says(changed("/model/vocab/3/0", std::string(2000, 'b')), "more than 1024"));
  CHECK(says(changed("/model/alpha", 0.1), "\"alpha\" is not known"));
  CHECK(says(changed("/pre_tokenizer/replacement", "ab"), "ab is not one character"));
  CHECK(says(changed("/pre_tokenizer/prepend_scheme", "last"), "prepend_scheme last is not known"));
  CHECK(says(changed("/pre_tokenizer/add_prefix_space", false), "contradict each other"));
  CHECK(says(changed("/decoder/type", "ByteLevel"), "ByteLevel does not go with the model"));
  CHECK(says(changed("/decoder/type", "CTC"), "t.json: decoder: the type CTC does not go"));
  json values = small_unigram();
  values["normalizer"] = {{"type", "Strip"}};
  values["pre_tokenizer"]["prepend_scheme"] = "first";
  CHECK(says(unigram_refusal(values), "takes characters away"));
}

TEST_CASE("decoders that one token does not decide are refused") {
  const auto sequence = [](const char* steps) {
    return changed("/decoder",
                   json::parse(R"({"type": "Sequence", "decoders": )" + std::string(steps) + "}"));
  };
  const char* kStrip = R"([{"type": "Strip", "content": " ", "start": 1, "stop": 0}])";
  CHECK(says(sequence(kStrip), "decoder.decoders[0]: the type Strip does not go"));
  CHECK(says(sequence(R"([{"type": "Fuse"}, {"type": "ByteFallback"}])"), "ByteFallback"));
  CHECK(says(
      sequence(R"([{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 2, "stop": 0}])"),
      "one space"));
  CHECK(says(sequence(R"([{"type": "Replace", "pattern": {"String": "x"}, "content": "y"}])"),
             "can only put spaces"));
}

}  // namespace fovea::test
