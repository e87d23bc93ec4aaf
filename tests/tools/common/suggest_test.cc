#include "tools/common/suggest.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace fovea::tools {
namespace {

std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  const std::string text = suggestion(word, names), begin = ": did you mean '";
  if (text.empty()) return "";
  REQUIRE(text.starts_with(begin));
  return text.substr(begin.size(), text.size() - begin.size() - 2);
}

}  // namespace

// A word of 3 to 5 letters may be 2 letters off.
TEST_CASE("a letter inserted, removed, replaced or swapped with its neighbour counts once") {
  for (const char* near : {"abcd", "abxcd", "xabcd", "abcdx", "acd", "bcd", "abc", "axcd", "bacd",
                           "abdc", "badc", "xabcdx", "xxcd", "ad"}) {
    CAPTURE(near);
    CHECK(nearest("abcd", {near}) == near);
  }
  for (const char* far : {"xxxd", "xyabcdz", "a", "", "cdab", "dxxa"}) {
    CAPTURE(far);
    CHECK(nearest("abcd", {far}) == "");
  }
}

TEST_CASE("the nearest name is suggested, among equals the first of the alphabet") {
  CHECK(nearest("abcd", {"xbcx", "abcx", "xxcd"}) == "abcx");
  CHECK(nearest("abcd", {"abcz", "abcx", "abcy"}) == "abcx");
  CHECK(nearest("abcd", {}) == "");
}

TEST_CASE("longer words may be further off, words longer than any name not at all") {
  CHECK(nearest("abcdef", {"abcxyz"}) == "abcxyz");
  CHECK(nearest("abcdef", {"abwxyz"}) == "");
  const std::string longest(64, 'a'), longer(65, 'a');
  CHECK(nearest(longest, {longest}) == longest);
  CHECK(nearest(longer, {longer}) == "");
}

}  // namespace fovea::tools
