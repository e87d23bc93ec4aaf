// Patterns of tokenizers, compiled and run: against what the `tokenizers` library finds, and random
// ones against a matcher that goes back.

#include "tools/import/text/splitter.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/text/random_pattern.h"
#include "tests/tools/import/text/words.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Strings split(const std::string& pattern, const std::string& text, bool drop = false) {
  return Splitting(*tools::compile_splitter(pattern, drop, "t.json")).words(text);
}

void check_refused_pattern(const std::string& pattern, const std::string& said) {
  check_refusal([&] { tools::compile_splitter(pattern, false, "t.json: pre_tokenizer"); },
                "t.json: pre_tokenizer: ", said);
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
  CHECK(split(kGpt2Pattern, "") == Strings{});
  CHECK(split(kGpt2Pattern, "a\xFF\xC3z") == Strings{"a", "\xFF\xC3", "z"});
  CHECK(split(kGpt2Pattern, "\xED\xA0\x80") ==
        Strings{"\xED\xA0\x80"});  // a surrogate: three bytes
  CHECK(split("\xEF\xBF\xBD", "a\x80\xF0\x9F\x98") == Strings{"a", "\x80", "\xF0\x9F\x98"});
  CHECK(split("[a-z]+", "1ab2", true) == Strings{"ab"});
  CHECK(split("[a-z]+", "12", true) == Strings{});
  CHECK(split("[a-z]+", "12") == Strings{"12"});
}

TEST_CASE("what a pattern says that is not understood is refused by name") {
  check_refused_pattern("a(?<=b)", "a group (? of a kind that is not known at character 3");
  check_refused_pattern("(?>a)", "a group (? of a kind that is not known");
  check_refused_pattern("a(?=bc)", "a lookahead of other than one character");
  check_refused_pattern("\\bword", "\\b, which is not known,");
  check_refused_pattern("(a)\\1", "\\1, which is not known,");
  check_refused_pattern("^a", "^, which is not known,");
  check_refused_pattern("\\p{Han}+", "the property Han, which is not known,");
  check_refused_pattern("[[:alpha:]]", "a set with a name in [: :], which is not known,");
  check_refused_pattern("[z-a]", "a range that ends before it begins");
  check_refused_pattern("[\\s-z]", "a range between sets");
  check_refused_pattern("[]", "an empty set");
  check_refused_pattern("[a", "an end too early");
  check_refused_pattern("(a", "a group without its end");
  check_refused_pattern("a)", "a closing parenthesis too many");
  check_refused_pattern("a{2}+", "a counted repeat with a mark behind it");
  check_refused_pattern("(?:ab)++", "a possessive repeat of more than one character");
  check_refused_pattern("a{3,2}", "a counted repeat that makes no sense");
  check_refused_pattern("a{5000}", "a number above 1000");
  check_refused_pattern("*a", "a repeat of nothing");
  check_refused_pattern("(?:a|b*)+", "a repeat of what may be nothing");
  check_refused_pattern("(?:[a-z]{1000}){1000}", "takes more than 16384 steps");
  check_refused_pattern("(?:a|b)*a(?:a|b){20}", "an automaton with too many states");
  check_refused_pattern("\\xFF", "a byte that is no character");
  check_refused_pattern("\xFF", "no UTF-8");
  check_refused_pattern(std::string(70000, 'a'), "a pattern of 70000 bytes; at most 65536");
  check_refused_pattern(std::string(60000, '('), "groups or sets too deep");
  check_refused_pattern(std::string(60000, '['), "groups or sets too deep");
  for (const char* pattern : {"", "a*", "a|", "(?=a)", "(?!a)", "a??", "$"}) {
    check_refused_pattern(pattern, "matches text of no characters");
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
  const Splitting near(*tools::compile_splitter(kGpt2Pattern, false, "t.json"));
  CHECK(near.words(text).size() == 1);
  CHECK(near.words(std::string(1 << 16, ' ') + "a").size() == 2);
}

}  // namespace fovea::test
