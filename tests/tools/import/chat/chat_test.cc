// Chat templates against what Jinja makes of them (tests/chats/chats.py).

#include "tools/import/chat/chat.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tools/common/error.h"
#include "tools/import/chat/probe.h"
#include "tools/import/chat/render.h"

namespace fovea::test {
namespace {

using namespace tools::chat;
using Json = nlohmann::ordered_json;

const Json& cases() {
  static const Json all = [] {
    const char* path = std::getenv("FOVEA_CHATS");
    return Json::parse(read_bytes(path == nullptr ? FOVEA_CHATS_FOLDER "/chats.json" : path));
  }();
  return all;
}

Value value_of(const Json& json) {
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number()) return json.get<int64_t>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    List list;
    for (const Json& item : json) list.push_back(value_of(item));
    return list;
  }
  Dict dict;
  for (const auto& [key, item] : json.items()) dict.emplace_back(key, value_of(item));
  return dict;
}

Source source_of(const Json& style) {
  const Json& variables = style.contains("variables") ? style["variables"] : cases()["variables"];
  return {style["name"], style["template"], value_of(variables).dict()};
}

std::optional<std::string> text_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<std::string>();
}

// What a template makes of variables; nothing where it refuses them.
std::optional<std::string> rendered(const std::string& source, const Dict& variables) {
  try {
    return render(parse(source), variables).text;
  } catch (const Refusal&) {
    return std::nullopt;
  }
}

struct Talk {
  Roles roles;
  Texts contents;
};

std::vector<Talk> talks() {
  std::vector<Talk> all;
  for (const Json& one : cases()["conversations"]) {
    Talk talk;
    for (const Json& message : one) {
      talk.roles.push_back(message[0]);
      talk.contents.push_back(message[1]);
    }
    all.push_back(talk);
  }
  return all;
}

struct Made {
  explicit Made(const Source& source) : table(make_chat(source, notes)) {
    for (const auto& join : table->joins) {
      joins[{join->after, join->before}] = {join->text, join->strip_left, join->strip_right};
    }
  }
  bool takes(const Roles& roles) const {
    for (const Pair& pair : pairs_of(roles)) {
      if (joins.count(pair) == 0) return false;
    }
    return true;
  }

  std::vector<std::string> notes;
  std::unique_ptr<schema::ChatT> table;
  Joins joins;
};

bool is_empty(const Talk& talk) {
  for (const std::string& content : talk.contents) {
    if (strip(content, true, true).empty()) return true;
  }
  return false;
}

const Json& style(const std::string& name) {
  for (const Json& one : cases()["styles"]) {
    if (one["name"] == name) return one;
  }
  FAIL("there is no style ", name);
  return cases();
}

Made made(const std::string& name) {
  return Made(source_of(style(name)));
}

std::string missing(const std::string& source) {
  return Made({"t", source, {}}).table->missing;
}

}  // namespace

TEST_CASE("templates give what transformers gives") {
  for (const Json& one : cases()["styles"]) {
    Probe probe(source_of(one));
    const std::vector<Talk> all = talks();
    REQUIRE(one["texts"].size() == all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      INFO(one["name"].get<std::string>(), ", conversation ", i);
      CHECK(probe.render(all[i].roles, all[i].contents) == text_of(one["texts"][i]));
    }
  }
}

TEST_CASE("joins give what transformers gives, wherever there are joins") {
  size_t compared = 0;
  for (const Json& one : cases()["styles"]) {
    const Made chat(source_of(one));
    INFO(one["name"].get<std::string>(), ": ", chat.table->missing);
    CHECK(!chat.joins.empty());
    const std::vector<Talk> all = talks();
    for (size_t i = 0; i < all.size(); ++i) {
      if (!chat.takes(all[i].roles) || (chat.table->filled && is_empty(all[i]))) continue;
      INFO("conversation ", i);
      CHECK(joined(chat.joins, all[i].roles, all[i].contents) == text_of(one["texts"][i]));
      ++compared;
    }
  }
  CHECK(compared > 150);
}

TEST_CASE("snippets give what Jinja gives") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  const Dict variables = value_of(cases()["values"]).dict();
  for (const Json& snippet : cases()["snippets"]) {
    INFO(snippet[0].get<std::string>());
    CHECK(rendered(snippet[0], variables) == text_of(snippet[1]));
  }
}

TEST_CASE("what is no sequence of joins and contents is left out, for a reason") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  for (const Json& one : cases()["no_joins"]) {
    const Made chat(source_of(one));
    INFO(one["name"].get<std::string>(), ": ", chat.table->missing);
    CHECK(chat.joins.empty());
    CHECK(chat.table->missing.find(one["why"].get<std::string>()) != std::string::npos);
    CHECK(chat.table->missing.find('\n') == std::string::npos);
  }
}

TEST_CASE("the orders that a template takes are kept, and no others") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  CHECK(made("one tag for all roles").joins.size() == 15);
  const Made turns = made("no system message, another word for the assistant");
  CHECK(turns.joins.size() == 5);
  CHECK_FALSE(turns.takes({"system", "user"}));
  CHECK_FALSE(turns.takes({"user", "user"}));
  REQUIRE(turns.notes.size() == 1);
  CHECK(turns.notes[0].find("saying: there are no rules") != std::string::npos);
  const Made merged = made("the system message within the first user's");
  CHECK(merged.takes({"system", "user", "assistant", "user"}));
  CHECK_FALSE(merged.takes({"user", "system"}));
  const Made last = made("a system message before the last user's");
  CHECK(last.takes({"user", "assistant", "user"}));
  CHECK_FALSE(last.takes({"system", "user"}));
  const Made single = made("one message only");
  CHECK(single.joins.size() == 2);
  CHECK(single.takes({"user"}));
}

TEST_CASE("white space goes where the template takes it") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  const Made trimmed = made("the beginning, headers, trimmed");
  CHECK(trimmed.joins.at({"", "user"}).strip_right);
  CHECK(trimmed.joins.at({"user", ""}).strip_left);
  CHECK_FALSE(trimmed.table->filled);
  const Made merged = made("the system message within the first user's");
  CHECK_FALSE(merged.joins.at({"", "system"}).strip_right);
  CHECK_FALSE(merged.joins.at({"system", "user"}).strip_right);
  CHECK(merged.joins.at({"", "user"}).strip_right);
  CHECK(merged.joins.at({"assistant", "user"}).strip_left);
  CHECK(merged.table->filled);  // an empty content takes white space of the join with it
}

TEST_CASE("a template that looks for a clock gets none, which is noted") {
  if (std::getenv("FOVEA_CHATS") != nullptr) return;
  const Made chat = made("thoughts, tools, a date");
  CHECK(chat.joins.at({"", "user"}).text == "In 1998\n<|user|>\n");
  CHECK(chat.joins.at({"user", ""}).text == "<|end|><|assistant|>\n<think>\n");
  CHECK(chat.joins.at({"user", "assistant"}).text == "<|end|><|assistant|>\n");
  REQUIRE(!chat.notes.empty());
  CHECK(chat.notes.back().find("today's date") != std::string::npos);
}

TEST_CASE("what is not interpreted is refused by its line") {
  const std::string head = "the template is not understood, line ";
  for (const auto& [source, what] : std::vector<std::pair<std::string, std::string>>{
           {"{% raw %}{% endraw %}", "1: {% raw %}"},
           {"\n\n{{ 1 $ 2 }}", "3: the character $"},
           {"{{ 'a", "1: a string has no end"},
           {"{{ a", "1: a tag has no end"},
           {"{# a", "1: a comment has no end"},
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
       }) {
    INFO(source);
    CHECK(missing(source) == head + what);
  }
}

TEST_CASE("the template of a folder: the file, else the config's, of several the default") {
  TemporaryFolder folder;
  const auto config = [&](const std::string& text) {
    write_bytes(folder.file("tokenizer_config.json"), text);
  };
  const auto found = [&] { return find_source(folder.path()); };
  CHECK_FALSE(found());
  config("{}");
  CHECK_FALSE(found());
  config("{\"chat_template\": null}");
  CHECK_FALSE(found());
  config("{\"chat_template\": [{\"name\": \"tool\", \"template\": \"a\"}]}");
  CHECK_FALSE(found());
  config(
      "{\"chat_template\": [{\"name\": \"tool\", \"template\": \"a\"}, {\"name\": \"default\", "
      "\"template\": \"b\"}], \"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", "
      "\"pad_token\": null}");
  REQUIRE(found());
  CHECK(found()->text == "b");
  CHECK(found()->place.ends_with("tokenizer_config.json: chat_template"));
  REQUIRE(found()->variables.size() == 2);
  CHECK(found()->variables[0].second.text() == "<s>");
  CHECK(found()->variables[1].second.text() == "</s>");
  config("{\"chat_template\": \"c\"}");
  CHECK(found()->text == "c");
  write_bytes(folder.file("chat_template.jinja"), "d\n");
  CHECK(found()->text == "d\n");
  CHECK(found()->place.ends_with("chat_template.jinja"));
  write_bytes(folder.file("chat_template.jinja"), std::string((1 << 20) + 1, 'x'));
  CHECK_THROWS_WITH_AS(found(), doctest::Contains("has more than a megabyte"), tools::InputError);
  std::filesystem::remove(folder.file("chat_template.jinja"));
  config("{\"chat_template\": 7}");
  CHECK_THROWS_WITH_AS(found(), doctest::Contains("chat_template is neither a text nor a list"),
                       tools::InputError);
}

}  // namespace fovea::test
