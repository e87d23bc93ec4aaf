#include "tools/import/text/normalizer.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace fovea::test {
namespace {

using nlohmann::json;

}  // namespace

// Expected texts follow from Unicode's tables and the definitions of its normalisation forms (UAX
// 15).
TEST_CASE("normalisers make of texts what Unicode and the library say") {
  struct Case {
    const char *values, *from, *to;
  };
  const Case cases[] = {
      {R"({"type": "NFC"})", "e\u0301 \u1112\u1161\u11ab \u0958 \ufb01",
       "\u00e9 \ud55c \u0915\u093c \ufb01"},
      {R"({"type": "NFD"})", "\u00e9 \ud55c \u1ea5", "e\u0301 \u1112\u1161\u11ab a\u0302\u0301"},
      {R"({"type": "NFKC"})", "\ufb01\u2460 \uff21\u030a", "fi1 \u00c5"},
      {R"({"type": "NFKD"})", "\ufb01 \u00c5", "fi A\u030a"},
      {R"({"type": "NFC"})", "a\u0315\u0300\u05ae\u0062", "\u00e0\u05ae\u0315b"},  // by class
      {R"({"type": "NFD"})", "a\u0301\u0323", "a\u0323\u0301"},
      {R"({"type": "NFC"})", "a\u0305\u0301", "a\u0305\u0301"},  // a mark of the same class between
      {R"({"type": "Lowercase"})", "\u0130A\u00c4 \u03a3", "i\u0307a\u00e4 \u03c3"},
      {R"({"type": "StripAccents"})", "e\u0301\u00e9 \u093f", "e\u00e9 "},
      {R"({"type": "Strip", "strip_left": true, "strip_right": false})", " \u00a0a b ", "a b "},
      {R"({"type": "Strip", "strip_left": false, "strip_right": true})", " a b \u2003", " a b"},
      {R"({"type": "Prepend", "prepend": "\u2581"})", "a b", "\u2581a b"},
      {R"({"type": "Replace", "pattern": {"String": "ab"}, "content": "c"})", "aabab b", "acc b"},
      {R"({"type": "Sequence", "normalizers": [{"type": "Lowercase"}, {"type": "NFC"}]})",
       "E\u0301", "\u00e9"}};
  const auto text = [](const char* escaped) {
    return json::parse('"' + std::string(escaped) + '"').get<std::string>();
  };
  for (const Case& c : cases) {
    schema::WordTokenizerT t;
    tools::read_normalizer(json::parse(c.values), t, "t.json: normalizer");
    CAPTURE(c.values);
    CAPTURE(c.from);
    CHECK(tools::normalized(t, text(c.from)) == text(c.to));
  }
}

}  // namespace fovea::test
