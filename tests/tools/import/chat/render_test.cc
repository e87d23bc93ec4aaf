// Templates interpreted: what Jinja gives, and the line of what is refused.

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/chat/cases.h"
#include "tools/import/chat/render.h"

namespace fovea::test {
namespace {

// What a template makes of variables; nothing where it refuses them.
std::optional<std::string> rendered(const std::string& source, const Dict& variables) {
  try {
    return render(parse(source), variables).text;
  } catch (const Refusal&) {
    return std::nullopt;
  }
}

// Why a template has no conversations.
std::string missing(const std::string& source) {
  std::vector<std::string> notes;
  return make_chat({"t", source, {}}, notes)->missing;
}

}  // namespace

TEST_CASE("snippets give what Jinja gives") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  const Dict variables = value_of(cases()["values"]).dict();
  for (const Json& snippet : cases()["snippets"]) {
    INFO(snippet[0].get<std::string>());
    CHECK(rendered(snippet[0], variables) == text_of(snippet[1]));
  }
}

// Templates, and what is said of them.
constexpr std::pair<const char*, const char*> kNotInterpreted[] = {
    {"{% raw %}{% endraw %}", "1: {% raw %}"},
    {"\n\n{{ 1 $ 2 }}", "3: the character $"},
    {"{{ 'a", "1: a string has no end"},
    {"{{ a", "1: a tag has no end"},
    {"{# a", "1: a comment has no end"},
    {"a{{", "1: a tag has no end"},
    {"a\n{%", "2: a tag has no end"},
    {"{{-", "1: a tag has no end"},
    {"a{#", "1: a comment has no end"},
    {"{# a }}", "1: a comment has no end"},
    {"{{ (1 }}", "1: a tag has no end"},
    {"{{ 'a\\", "1: an escape in a string"},
    {"{{ 'a\\'", "1: a string has no end"},
    {"{{ '\\x4g' }}", "1: an escape in a string"},
    {"{{ '\\u123' }}", "1: an escape in a string"},
    {"{{ '\\1' }}", "1: an escape in a string"},
    {"{{ '\\udfff' }}", "1: half a character in a string"},
    {"{{ 1234567890123456 }}", "1: a number"},
    {"{{ 1a }}", "1: a number"},
    {"{{ 'a\\N{DASH}' }}", "1: an escape in a string"},
    {"{{ '\\ud800' }}", "1: half a character in a string"},
    {"{{ 1e5 }}", "1: a number"},
    {"{{ 2 ** 3 }}", "1: '**' there"},
    {"{{ }}", "1: the end of a tag there"},
    {"{% if %}{% endif %}", "1: the end of a tag there"},
    {"{% for x y in l %}{% endfor %}", "1: 'y' there"},
    {"{% for x in [1] recursive %}{% endfor %}", "1: 'recursive' there"},
    {"{% block a %}{% endblock %}", "1: the statement block"},
    {"{% endif %}", "1: the statement endif"},
    {"{% break %}", "1: break outside a loop"},
    {"{% set x.y = 1 %}", "1: an attribute of what is no namespace is set"},
    {"{% set a, b = [1] %}", "1: 1 values for 2 names"},
    {"{% macro f(a=1, b) %}{% endmacro %}", "1: ')' there"},
    {"{{ [1][] }}", "1: [] without an index"},
    {"{{ f(a=1, 2) }}", "1: '2' there"},
    {"{{ 'a' | upper(1) }}", "1: the filter upper has too many arguments"},
    {"{{ 'a' | trim(x=1) }}", "1: the filter trim has an argument x"},
    {"{{ 'é' | upper }}", "1: the filter upper changes the case of what is no ASCII"},
    {"{{ 'a'.encode() }}", "1: the method encode is not known"},
    {"{{ {}.pop('a') }}", "1: the method pop has too many arguments"},
    {"{{ [].append(1) }}", "1: the method append of a list is not known"},
    {"{{ 1 is odder }}", "1: the test odder is not known"},
    {"{{ 'a' + 1 }}", "1: a string + a whole number"},
    {"{{ 'a' < 'b' }}", "1: a string < a string"},
    {"{{ 7 / 2 }}", "1: a whole number / a whole number"},
    {"{{ -'a' }}", "1: minus a string"},
    {"{{ 1.5 }}", "1: a number is printed as it is"},
    {"{{ 'abcd'[::2] }}", "1: a part in steps"},
    {"{{ 1[0] }}", "1: an item of a whole number"},
    {"{{ 1[1:] }}", "1: a part of a whole number"},
    {"{{ 'a'.b }}", "1: b of a string"},
    {"{{ {1: 2} }}", "1: a whole number as a key"},
    {"{{ 1 in 'a' }}", "1: a whole number in a string"},
    {"{% for x in 5 %}{% endfor %}", "1: the items of a whole number"},
    {"{{ 'a'() }}", "1: a call of a string"},
    {"{{ namespace(1) }}", "1: the function namespace of values without names"},
    {"{{ range(99999) }}", "1: the function range is too long"},
    {"\xFF", "1: the template is no UTF-8"},
};

TEST_CASE("what is not interpreted is refused by its line") {
  const std::string head = "the template is not understood, line ";
  for (const auto& row : kNotInterpreted) {
    INFO(row.first);
    CHECK(missing(row.first) == head + row.second);
  }
}

TEST_CASE("characters that escapes name are written as UTF-8, others as they stand") {
  CHECK(rendered("{{ '\\x41\\x7f\\x80\\u07ff\\u0800\\ud7ff\\ue000\\uFFFf' }}", {}) ==
        "A\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff");
  CHECK(rendered("{{ '\\n\\t\\r\\\\\\'\\\"\\f\\v\\a\\b' }}", {}) == "\n\t\r\\'\"\f\v\a\b");
  CHECK(rendered("{{ '\\d{ %}\"' }}{{ \"'\" }}", {}) == "\\d{ %}\"'");
  CHECK(rendered("{ {a{", {}) == "{ {a{");
  CHECK(rendered("{{ 123456789012345 }}", {}) == "123456789012345");
}

}  // namespace fovea::test
