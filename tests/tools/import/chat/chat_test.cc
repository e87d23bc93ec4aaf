// Chat templates against what Jinja makes of them (tests/chats/chats.py).

#include "tools/import/chat/chat.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/chat/cases.h"
#include "tools/import/chat/probe.h"

namespace fovea::test {
namespace {

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

}  // namespace fovea::test
