#include "tools/import/chat/chat.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/printable.h"
#include "tools/import/chat/probe.h"

namespace fovea::tools::chat {
namespace {

// The template is understood, and is nothing that joins can be.
class NoJoins : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr size_t kAnswers = 3;   // in the longest conversation of turns
constexpr size_t kMessages = 4;  // in the longest one of any roles

std::string listed(const Roles& roles) {
  return fmt::format("{}", fmt::join(roles, ", "));
}

// White space of several kinds, all of which a template takes or leaves.
const char* const kSpaces[] = {" ", "\n\n", "\t \r\n", "\xC2\xA0\xE2\x80\x83"};

// Contents that templates may trip over.
const char* const kContents[] = {
    "a",
    "What is 2 + 2?\n\nAnd \"3\" * '4'?",
    "{{ messages }} {% if x %}&lt;b&gt; <b>\\n</b> $1 %s {0}",
    "Gr\xC3\xBC\xC3\x9F Gott, \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x99\x82 [1] (2) #3: 4",
    "One line.\nTwo lines,\twith a tab.\n    - and an indent\n\n\n1. The end",
};

class Maker {
 public:
  Maker(const Source& source, std::vector<std::string>& notes)
      : place_(source.place), notes_(notes), probe_(source) {}

  schema::ChatT make() {
    joins_ = turn_joins(false);
    try {
      const Joins with = turn_joins(true);
      Joins all = joins_;
      all.insert(with.begin(), with.end());
      for (const auto& [pair, join] : with) {
        if (all.at(pair).text != join.text) throw NoJoins("it changes what stands elsewhere");
      }
      verify(all, true);
      joins_ = all;
      roles_.insert(roles_.begin(), kSystem);
    } catch (const NoJoins& why) {
      note(fmt::format("conversations here have no system message: {}", why.what()));
      verify(joins_, false);
    }
    add_other_orders();
    filled_ = !holds_empty();
    if (probe_.asked_date()) note("today's date is the one that the template has without a clock");
    return table();
  }

 private:
  void note(const std::string& text) { notes_.push_back(fmt::format("{}: {}", place_, text)); }

  // Of conversations by turns.
  Joins turn_joins(bool system) {
    Joins joins;
    for (size_t answers = 0; answers <= kAnswers; ++answers) {
      const Roles roles = turns(system, answers);
      const auto between = probe_.between(roles);
      if (!between && answers > 0 && !probe_.render(roles, Probe::marks(roles.size()))) break;
      if (!between) throw NoJoins(why_not(roles));
      add(roles, *between, joins);
    }
    for (const auto& [pair, join] : Joins(joins)) find_spaces(pair, joins);
    return joins;
  }

  std::string why_not(const Roles& roles) {
    if (!probe_.render(roles, Probe::marks(roles.size()))) {
      const std::string& said = probe_.refusal();
      return fmt::format("the template refuses the roles {}{}{}", listed(roles),
                         said.empty() ? "" : ", saying: ", printable(said));
    }
    return fmt::format(
        "of the roles {}, the template does not give every content once and in order",
        listed(roles));
  }

  static void add(const Roles& roles, const Texts& between, Joins& joins) {
    const std::vector<Pair> pairs = pairs_of(roles);
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto [known, added] = joins.try_emplace(pairs[i], Join{between[i]});
      if (!added && known->second.text != between[i]) {
        throw NoJoins(fmt::format("what stands {} depends on other messages", place(pairs[i])));
      }
    }
  }

  static std::string place(const Pair& pair) {
    if (pair.first.empty()) return "before " + pair.second;
    if (pair.second.empty()) return "between " + pair.first + " and the answer";
    return "between " + pair.first + " and " + pair.second;
  }

  // Whether white space beside a join goes; by the first conversation that has it.
  void find_spaces(const Pair& pair, Joins& joins) {
    for (const Roles& roles : conversations(joins, 3)) {
      const std::vector<Pair> pairs = pairs_of(roles);
      const auto found = std::find(pairs.begin(), pairs.end(), pair);
      if (found == pairs.end()) continue;
      const auto i = static_cast<size_t>(found - pairs.begin());
      Texts contents = Probe::marks(roles.size());
      Join& join = joins.at(pair);
      if (i > 0) join.strip_left = !stays(roles, contents, i - 1, false);
      if (i < roles.size()) join.strip_right = !stays(roles, contents, i, true);
      return;
    }
  }

  // Whether a space before or behind the content stays.
  bool stays(const Roles& roles, Texts contents, size_t i, bool before) {
    const std::string wanted = before ? " " + contents[i] : contents[i] + " ";
    const auto bare = probe_.render(roles, contents);
    contents[i] = wanted;
    const auto spaced = probe_.render(roles, contents);
    return spaced && bare && *spaced != *bare;
  }

  void expect(const Joins& joins, const Roles& roles, const Texts& contents) {
    const auto text = probe_.render(roles, contents);
    if (!text) throw NoJoins(why_not(roles));
    if (*text == joined(joins, roles, contents)) return;
    throw NoJoins(fmt::format("of the roles {}, the template makes something else of some contents",
                              listed(roles)));
  }

  // The template makes the same of contents of all sorts.
  void expect_contents(const Joins& joins, const Roles& roles) {
    expect(joins, roles, Probe::marks(roles.size()));
    for (size_t first = 0; first < std::size(kContents); ++first) {
      Texts contents;
      for (size_t i = 0; i < roles.size(); ++i) {
        contents.push_back(kContents[(first + i) % std::size(kContents)]);
      }
      expect(joins, roles, contents);
      const std::string space = kSpaces[first % std::size(kSpaces)];
      for (std::string& content : contents) content = space + content + space;
      expect(joins, roles, contents);
    }
  }

  void verify(const Joins& joins, bool system) {
    for (size_t answers = 0; answers <= kAnswers + 2; ++answers) {
      const Roles roles = turns(system, answers);
      const std::vector<Pair> pairs = pairs_of(roles);
      const bool known = std::all_of(pairs.begin(), pairs.end(),
                                     [&](const Pair& pair) { return joins.count(pair) > 0; });
      if (known) expect_contents(joins, roles);
    }
  }

  // Orders besides those by turns, as far as the template takes them everywhere.
  void add_other_orders() {
    const Joins by_turns = joins_;
    for (const Roles& roles : conversations(roles_, kMessages - 1)) {
      const auto between = probe_.between(roles);
      Joins tried = joins_;
      try {
        if (between) add(roles, *between, tried);
        joins_ = tried;
      } catch (const NoJoins&) {  // what is not the same everywhere is dropped below
      }
    }
    const Joins all = joins_;
    for (const auto& [pair, join] : all) {
      if (by_turns.count(pair) == 0) find_spaces(pair, joins_);
    }
    keep_verified(by_turns);
  }

  // Drops those that the template does not take in some conversation.
  void keep_verified(const Joins& by_turns) {
    while (joins_.size() > by_turns.size()) {
      const auto wrong = first_wrong();
      if (!wrong) return;
      const size_t before = joins_.size();
      for (const Pair& pair : pairs_of(*wrong)) {
        if (by_turns.count(pair) == 0) joins_.erase(pair);
      }
      if (joins_.size() == before) joins_ = by_turns;
    }
  }

  std::optional<Roles> first_wrong() {
    for (const Roles& roles : conversations(joins_, kMessages)) {
      try {
        if (roles.size() < kMessages) {
          expect_contents(joins_, roles);
        } else {
          expect(joins_, roles, Probe::marks(roles.size()));
        }
      } catch (const NoJoins&) {
        return roles;
      }
    }
    return std::nullopt;
  }

  // Whether joins are right around contents of nothing, or of white space, too.
  bool holds_empty() {
    for (const Roles& roles : conversations(joins_, 3)) {
      for (size_t i = 0; i < roles.size(); ++i) {
        for (const char* content : {"", " \n "}) {
          Texts contents = Probe::marks(roles.size());
          contents[i] = content;
          const auto text = probe_.render(roles, contents);
          if (!text || *text != joined(joins_, roles, contents)) return false;
        }
      }
    }
    return true;
  }

  schema::ChatT table() const {
    schema::ChatT chat;
    chat.answer = kAssistant;
    chat.filled = filled_;
    for (const auto& [pair, join] : joins_) {
      auto made = std::make_unique<schema::ChatJoinT>();
      made->after = pair.first;
      made->before = pair.second;
      made->text = join.text;
      made->strip_left = join.strip_left;
      made->strip_right = join.strip_right;
      chat.joins.push_back(std::move(made));
    }
    return chat;
  }

  std::string place_;
  std::vector<std::string>& notes_;
  Probe probe_;
  Roles roles_ = {kUser, kAssistant};
  Joins joins_;
  bool filled_ = false;
};

}  // namespace

std::unique_ptr<schema::ChatT> make_chat(const Source& source, std::vector<std::string>& notes) {
  std::string why;
  std::vector<std::string> found;
  try {
    auto chat = std::make_unique<schema::ChatT>(Maker(source, found).make());
    notes.insert(notes.end(), found.begin(), found.end());
    return chat;
  } catch (const NotUnderstood& error) {
    why = fmt::format("the template is not understood, {}", error.what());
  } catch (const NoJoins& error) {
    why = error.what();
  }
  auto chat = std::make_unique<schema::ChatT>();
  chat->missing = why;
  return chat;
}

}  // namespace fovea::tools::chat
