#include "tools/common/terminal_text.h"

#include <doctest/doctest.h>

#include <string>

namespace fovea::tools {
namespace {

// The text in one piece, and byte by byte.
std::string shown(const std::string& text) {
  TerminalText whole, bytes;
  std::string once = whole.add(text);
  once += whole.finish();
  std::string slowly;
  for (const char c : text) slowly += bytes.add({&c, 1});
  slowly += bytes.finish();
  CHECK(once == slowly);
  return once;
}

const std::string kWrong = "\xEF\xBF\xBD";

}  // namespace

TEST_CASE("text stays as it is") {
  for (const std::string text : {"", "a b\tc\n", "\xC2\xA0\xC3\xA9", "\xE2\x82\xAC",
                                 "\xED\x9F\xBF\xEE\x80\x80", "\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"}) {
    CHECK(shown(text) == text);
  }
}

TEST_CASE("what a terminal obeys is left out") {
  CHECK(shown("a\x1B[2Jb") == "a[2Jb");
  CHECK(shown(std::string("\0\r\x7F\x08\x0E", 5)).empty());
  CHECK(shown("a\xC2\x9B"
              "2Jb\xC2\x80\xC2\x9F") == "a2Jb");  // CSI as one C1 character
}

TEST_CASE("what is no UTF-8 is replaced") {
  CHECK(shown("a\x9B"
              "b") == "a" + kWrong + "b");
  CHECK(shown("\xC0\x9B") == kWrong + kWrong);  // ESC, written too long
  CHECK(shown("\xE0\x80\x9B") == kWrong);
  CHECK(shown("\xED\xA0\x80") == kWrong);      // a surrogate
  CHECK(shown("\xF4\x90\x80\x80") == kWrong);  // above U+10FFFF
  CHECK(shown("\xC3(") == kWrong + "(");
  CHECK(shown("\xE2\x82(") == kWrong + "(");  // one for all bytes of a beginning
  CHECK(shown("\xE2\x82") == kWrong);
  CHECK(shown("\xF5\xFF") == kWrong + kWrong);
}

TEST_CASE("a character is shown when it is complete") {
  TerminalText text;
  CHECK(text.add("\xE2\x82").empty());
  CHECK(text.add("\xAC!") == "\xE2\x82\xAC!");
  CHECK(text.finish().empty());
}

}  // namespace fovea::tools
