// Patterns of tokenizers, compiled and run: against what the `tokenizers` library finds, and random
// ones against a matcher that goes back.

#include "tools/import/text/splitter.h"

#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/text/words.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Strings split(const std::string& pattern, const std::string& text, bool drop = false) {
  return Splitting(*tools::compile_splitter(pattern, drop, "t.json")).words(text);
}

void check_refused(const std::string& pattern, const std::string& said) {
  check_refusal([&] { tools::compile_splitter(pattern, false, "t.json: pre_tokenizer"); },
                "t.json: pre_tokenizer: ", said);
}

// A pattern and what it means: calls `then` with each place where a match from `at` may end, that
// which it prefers first, until one is taken.
using Then = std::function<bool(size_t)>;
struct Regex {
  std::string text;
  bool may_be_empty;
  std::function<bool(const std::string&, size_t at, const Then&)> match;
};

using Rng = std::mt19937;

uint32_t below(Rng& rng, uint32_t limit) {
  return static_cast<uint32_t>(rng() % limit);
}

Regex random_set(Rng& rng) {
  static const std::pair<const char*, const char*> kSets[] = {{"a", "a"},
                                                              {"b", "b"},
                                                              {" ", " "},
                                                              {"[ab]", "ab"},
                                                              {"\\s", " \n"},
                                                              {"\\S", "abc1."},
                                                              {"[^a\\s]", "bc1."},
                                                              {"\\p{N}", "1"},
                                                              {"[\\w&&[^b]]", "ac1"},
                                                              {"[^\\p{L}]", "1. \n"},
                                                              {".", "abc1. "},
                                                              {"\\n", "\n"}};
  const auto [text, members] = kSets[below(rng, std::size(kSets))];
  const std::string set = members;
  return {text, false, [set](const std::string& s, size_t at, const Then& then) {
            return at < s.size() && set.find(s[at]) != set.npos && then(at + 1);
          }};
}

Regex random_ahead(Rng& rng) {
  const Regex inner = random_set(rng);
  const bool negated = below(rng, 2) == 0;
  return {(negated ? "(?!" : "(?=") + inner.text + ")", true,
          [=](const std::string& s, size_t at, const Then& then) {
            return inner.match(s, at, [](size_t) { return true; }) != negated && then(at);
          }};
}

Regex sequence(const Regex& a, const Regex& b) {
  return {a.text + b.text, a.may_be_empty && b.may_be_empty,
          [=](const std::string& s, size_t at, const Then& then) {
            return a.match(s, at, [&](size_t end) { return b.match(s, end, then); });
          }};
}

Regex choice(const Regex& a, const Regex& b) {
  return {"(?:" + a.text + "|" + b.text + ")", a.may_be_empty || b.may_be_empty,
          [=](const std::string& s, size_t at, const Then& then) {
            return a.match(s, at, then) || b.match(s, at, then);
          }};
}

bool repeat_from(const Regex& part, uint32_t least, uint32_t most, bool greedy,
                 const std::string& s, size_t at, const Then& then) {
  const auto more = [&] {
    return most > 0 && part.match(s, at, [&](size_t end) {
      return repeat_from(part, least > 0 ? least - 1 : 0, most - 1, greedy, s, end, then);
    });
  };
  if (least > 0) return more();
  return greedy ? more() || then(at) : then(at) || more();
}

Regex repeat(const Regex& part, Rng& rng) {
  static const struct {
    const char* text;
    uint32_t least, most;
    bool greedy;
  } kRepeats[] = {{"*", 0, 99, true},   {"+", 1, 99, true},    {"?", 0, 1, true},
                  {"*?", 0, 99, false}, {"+?", 1, 99, false},  {"??", 0, 1, false},
                  {"{2}", 2, 2, true},  {"{1,3}", 1, 3, true}, {"{2,}", 2, 99, true},
                  {"{,2}", 0, 2, true}};
  const auto r = kRepeats[below(rng, std::size(kRepeats))];
  return {"(?:" + part.text + ")" + r.text, r.least == 0 || part.may_be_empty,
          [=](const std::string& s, size_t at, const Then& then) {
            return repeat_from(part, r.least, r.most, r.greedy, s, at, then);
          }};
}

Regex random_regex(Rng& rng, int depth) {
  const uint32_t kind = depth == 0 ? 0 : below(rng, 8);
  if (kind < 2) return random_set(rng);
  if (kind == 2) return random_ahead(rng);
  const Regex a = random_regex(rng, depth - 1);
  if (kind < 5 && !a.may_be_empty) return repeat(a, rng);
  const Regex b = random_regex(rng, depth - 1);
  return kind == 5 ? choice(a, b) : sequence(a, b);
}

Strings expected_words(const Regex& regex, const std::string& s, bool drop) {
  Strings all;
  size_t gap = 0;
  const auto end_gap = [&](size_t at) {
    if (at > gap && !drop) all.push_back(s.substr(gap, at - gap));
  };
  for (size_t at = 0; at < s.size();) {
    size_t end = at;
    const Then take = [&](size_t place) {
      end = place;
      return true;
    };
    if (regex.match(s, at, take)) {
      end_gap(at);
      all.push_back(s.substr(at, end - at));
      gap = at = end;
    } else {
      ++at;
    }
  }
  end_gap(s.size());
  return all;
}

}  // namespace

TEST_CASE("patterns of tokenizers find what the library finds in texts of many scripts") {
  const nlohmann::json cases = split_cases();
  for (const auto& c : cases["patterns"]) {
    CAPTURE(c["name"].get<std::string>());
    const std::string pattern = c["pattern"];
    const Splitting isolated(*tools::compile_splitter(pattern, false, "t.json"));
    const Splitting dropped(*tools::compile_splitter(pattern, true, "t.json"));
    for (size_t i = 0; i < cases["lines"].size(); ++i) {
      const std::string line = cases["lines"][i];
      nlohmann::json all;  // each goes on where the one before ended
      size_t begin = 0;
      for (const size_t end : c["ends"][i]) all.push_back({std::exchange(begin, end), end});
      CAPTURE(line);
      CHECK(isolated.words(line) == words_at(line, all));
      CHECK(dropped.words(line) == words_at(line, c["words"][i]));
    }
  }
}

TEST_CASE("random patterns find what a matcher that goes back finds") {
  const int patterns = 3000;
  int compiled = 0, nonempty = 0;
  for (int seed = 0; seed < patterns; ++seed) {
    Rng rng(static_cast<uint32_t>(seed));
    const Regex regex = random_regex(rng, 4);
    if (regex.may_be_empty) {
      continue;  // most of these are refused, some that ask for what never comes are not
    }
    CAPTURE(regex.text);
    const Splitting isolated(*tools::compile_splitter(regex.text, false, "t.json"));
    const Splitting dropped(*tools::compile_splitter(regex.text, true, "t.json"));
    ++compiled;
    for (int i = 0; i < 8; ++i) {
      std::string text;
      for (uint32_t n = below(rng, 14); n > 0; --n) text += "aaabbc1. \n"[below(rng, 10)];
      CAPTURE(text);
      const Strings words = expected_words(regex, text, true);
      nonempty += words.empty() ? 0 : 1;
      CHECK(dropped.words(text) == words);
      CHECK(isolated.words(text) == expected_words(regex, text, false));
    }
  }
  CHECK(compiled > patterns / 3);
  CHECK(nonempty > 4 * compiled);
}

TEST_CASE("words are views, whole ones; stray bytes read as U+FFFD, which is no letter") {
  CHECK(split(kGpt2, "") == Strings{});
  CHECK(split(kGpt2, "a\xFF\xC3z") == Strings{"a", "\xFF\xC3", "z"});
  CHECK(split(kGpt2, "\xED\xA0\x80") == Strings{"\xED\xA0\x80"});  // a surrogate: three bytes
  CHECK(split("\xEF\xBF\xBD", "a\x80\xF0\x9F\x98") == Strings{"a", "\x80", "\xF0\x9F\x98"});
  CHECK(split("[a-z]+", "1ab2", true) == Strings{"ab"});
  CHECK(split("[a-z]+", "12", true) == Strings{});
  CHECK(split("[a-z]+", "12") == Strings{"12"});
}

TEST_CASE("what a pattern says that is not understood is refused by name") {
  check_refused("a(?<=b)", "a group (? of a kind that is not known at character 3");
  check_refused("(?>a)", "a group (? of a kind that is not known");
  check_refused("a(?=bc)", "a lookahead of other than one character");
  check_refused("\\bword", "\\b, which is not known,");
  check_refused("(a)\\1", "\\1, which is not known,");
  check_refused("^a", "^, which is not known,");
  check_refused("\\p{Han}+", "the property Han, which is not known,");
  check_refused("[[:alpha:]]", "a set with a name in [: :], which is not known,");
  check_refused("[z-a]", "a range that ends before it begins");
  check_refused("[\\s-z]", "a range between sets");
  check_refused("[]", "an empty set");
  check_refused("[a", "an end too early");
  check_refused("(a", "a group without its end");
  check_refused("a)", "a closing parenthesis too many");
  check_refused("a{2}+", "a counted repeat with a mark behind it");
  check_refused("(?:ab)++", "a possessive repeat of more than one character");
  check_refused("a{3,2}", "a counted repeat that makes no sense");
  check_refused("a{5000}", "a number above 1000");
  check_refused("*a", "a repeat of nothing");
  check_refused("(?:a|b*)+", "a repeat of what may be nothing");
  check_refused("(?:[a-z]{1000}){1000}", "takes more than 16384 steps");
  check_refused("(?:a|b)*a(?:a|b){20}", "an automaton with too many states");
  check_refused("\\xFF", "a byte that is no character");
  check_refused("\xFF", "no UTF-8");
  check_refused(std::string(70000, 'a'), "a pattern of 70000 bytes; at most 65536");
  check_refused(std::string(60000, '('), "groups or sets too deep");
  check_refused(std::string(60000, '['), "groups or sets too deep");
  for (const char* pattern : {"", "a*", "a|", "(?=a)", "(?!a)", "a??", "$"}) {
    check_refused(pattern, "matches text of no characters");
  }
}

TEST_CASE("looking far ahead again and again is too complex, once for a word is not") {
  const std::string text(1 << 16, 'a');
  const Splitting far(*tools::compile_splitter("a+b|a", false, "t.json"));
  Words words(far.table(), {text.data(), text.size()});
  Text word;
  size_t count = 0;
  while (words.next(&word)) ++count;
  CHECK(words.too_complex());
  CHECK(count < 64);
  const Splitting near(*tools::compile_splitter(kGpt2, false, "t.json"));
  CHECK(near.words(text).size() == 1);
  CHECK(near.words(std::string(1 << 16, ' ') + "a").size() == 2);
}

}  // namespace fovea::test
