// Random patterns, and a matcher of them that goes back.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_TEXT_RANDOM_PATTERN_H_
#define FOVEA_TESTS_TOOLS_IMPORT_TEXT_RANDOM_PATTERN_H_

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace fovea::test {

using Strings = std::vector<std::string>;

// A pattern and what it means: calls `then` with each place where a match from `at` may end, that
// which it prefers first, until one is taken.
using Then = std::function<bool(size_t)>;
struct Regex {
  std::string text;
  bool may_be_empty;
  std::function<bool(const std::string&, size_t at, const Then&)> match;
};

using Rng = std::mt19937;

inline uint32_t below(Rng& rng, uint32_t limit) {
  return static_cast<uint32_t>(rng() % limit);
}

Regex random_regex(Rng& rng, int depth);

// What a splitter gives: all matches, and what is between them unless that is dropped.
Strings expected_words(const Regex& regex, const std::string& s, bool drop);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_TEXT_RANDOM_PATTERN_H_
