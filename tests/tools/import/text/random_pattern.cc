#include "tests/tools/import/text/random_pattern.h"

#include <iterator>
#include <utility>

namespace fovea::test {
namespace {

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

}  // namespace

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

}  // namespace fovea::test
