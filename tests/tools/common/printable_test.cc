#include "tools/common/printable.h"

#include <doctest/doctest.h>

#include "tools/common/table.h"

namespace fovea::tools {

TEST_CASE("text stays, what steers a terminal is spelt out") {
  CHECK(printable("plain text, \\ and all") == "plain text, \\ and all");
  CHECK(printable("Grüße 日本語 🙂") == "Grüße 日本語 🙂");
  CHECK(printable("a\x1b[31mb\n\t\x7f") == "a\\x1b[31mb\\x0a\\x09\\x7f");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
  CHECK(printable("\xC2\x9B") == "\\u{9b}");             // the one-byte form of ESC [
  CHECK(printable("\xE2\x80\xAE") == "\\u{202e}");       // right-to-left override
  CHECK(printable("\xE2\x81\xA6") == "\\u{2066}");       // an isolate
  CHECK(printable("\xE2\x80\xA8") == "\\u{2028}");       // line separator
  CHECK(printable("\xF3\xA0\x81\x81") == "\\u{e0041}");  // a tag
}

TEST_CASE("what is no UTF-8 is spelt out byte by byte") {
  CHECK(printable("\xFF") == "\\xff");
  CHECK(printable("\x9B") == "\\x9b");
  CHECK(printable("\xC0\x80") == "\\xc0\\x80");                    // longer than needed
  CHECK(printable("\xE0\x80\x80") == "\\xe0\\x80\\x80");           // the same
  CHECK(printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xF4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // past U+10FFFF
  CHECK(printable("a\xE2\x80") == "a\\xe2\\x80");                  // cut short
  CHECK(printable("\xE2\x80z") == "\\xe2\\x80z");
}

TEST_CASE("tables and JSON are printable by themselves") {
  Table table("l");
  table.row({"\x1b]0;title\x07"});
  CHECK(table.text() == "  \\x1b]0;title\\x07\n");
  CHECK(json_text({{"k", "\x1b\x7f\xC2\x9B\xFF"}}).find_first_of("\x1b\x7f\xC2\xFF") ==
        std::string::npos);
}

}  // namespace fovea::tools
