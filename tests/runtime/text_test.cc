// Text to ids and back with tokenizers made by hand.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/runtime/opened_text.h"

namespace fovea::test {
TEST_CASE("merges: the best score first, of equal ones the leftmost") {
  Opened file(
      table(kMerges, {"a", "b", "c", "ab", "bc", "abc", "aa"}, -1, {0, 0, 0, -2, -1, -3, -5}));
  CHECK(file.encode("abc") == Ids{5});  // bc is made before ab
  CHECK(file.encode("abb") == Ids{3, 1});
  CHECK(file.encode("ab") == Ids{3});
  CHECK(file.encode("aaa") == Ids{6, 0});
  CHECK(file.encode("aaaa") == Ids{6, 6});
  CHECK(file.encode("") == Ids{});
}

TEST_CASE("a space goes before a text, and is no part of it") {
  auto made = table(kMerges, {" ", "a", " a", "b"});
  made.bos = 3;
  Opened file(made);
  CHECK(file.encode("a") == Ids{2});
  CHECK(file.encode("").empty());
  CHECK(file.decode(3, 2) == "a");
  CHECK(file.decode(-1, 2) == "a");
  CHECK(file.decode(1, 2) == " a");
}

TEST_CASE("bytes are what their pieces say, wherever they stand (08)") {
  std::vector<std::string> pieces = {"<unk>", "a", "b"};
  for (unsigned byte = 256; byte-- > 0;) pieces.push_back(byte_piece(byte));
  Opened file(table(kMerges, pieces, 0));
  CHECK(file.encode("az") == Ids{1, 3 + 255 - 0x7A});
  CHECK(file.encode("\xC3\xA9") == Ids{3 + 255 - 0xC3, 3 + 255 - 0xA9});
  CHECK(file.encode("\xFF") == Ids{3});
  CHECK(file.decode(1, 3 + 255 - 0x7A) == "z");
  CHECK(file.decode(1, 3 + 255 - 0x0A) == "\n");
}

TEST_CASE("without its bytes a character is unknown, and several in a row are one (08)") {
  // The set of bytes is not complete: C3 is there, A9 is not.
  Opened file(table(kMerges, {"<unk>", "a", "<0xC3>", "<0x7A>", "<unk>a", "a<unk>"}, 0));
  CHECK(file.encode("az\xC3\xA9") == Ids{1, 3, 0});
  CHECK(file.encode("\xC3\xA9y") == Ids{0});
  CHECK(file.encode("\xC3\xA9"
                    "a"
                    "\xC3\xA9") == Ids{0, 1, 0});  // unknown text merges with none
  Opened characters(table(kCharacters, {"<unk>", "a"}, 0));
  CHECK(characters.encode("abba") == Ids{1, 0, 0, 1});
}

TEST_CASE("without an unknown piece the message names the character (08)") {
  for (const auto kind : {kMerges, kCharacters}) {
    Opened file(table(kind, {"a", "b"}));
    Ids ids;
    const struct {
      const char* text;
      const char* said;
    } cases[] = {{"abz", "U+007A at byte 2"},
                 {"a\xC3\xA9", "U+00E9 at byte 1"},
                 {"\xF0\x9F\x98\x80", "U+1F600 at byte 0"},
                 {"a\x1B", "U+001B at byte 1"},
                 {"\xFF", "the byte 0xFF at byte 0"},
                 {"\x80", "the byte 0x80 at byte 0"},
                 {"b\xC3", "the byte 0xC3 at byte 1"},
                 {"\xF7\xBF\xBF\xBF", "the byte 0xF7 at byte 0"}};
    for (const auto& c : cases) {
      CHECK(file.encode(c.text, 100, &ids) == FOVEA_NO_PIECE);
      CHECK(file.sentence() == "the tokenizer has no piece for a character: " +
                                   std::string(c.said) + " of the text (tokenizer 0 'text')");
    }
  }
}

TEST_CASE("room: enough is as much as the contract says, less is refused where it is needed") {
  Opened file(table(kMerges, {" ", "a", "b", "\xC3\xA9"}));
  Ids ids;
  for (const std::string text : {"", "a", "abab", "\xC3\xA9\xC3\xA9"}) {
    const size_t symbols = text.empty() ? 0 : 1 + text.size() / (text[0] == '\xC3' ? 2 : 1);
    const size_t enough = 4 * symbols;
    REQUIRE(enough <= FOVEA_ENCODE_ROOM(text.size()));
    for (size_t capacity = 0; capacity <= enough; ++capacity) {
      CHECK(file.encode(text, capacity, &ids) ==
            (capacity < enough ? FOVEA_ARENA_TOO_SMALL : FOVEA_OK));
    }
    CHECK(ids.size() == symbols);
  }
  CHECK(file.encode("abab", 3, &ids) == FOVEA_ARENA_TOO_SMALL);
  CHECK(file.error.a == 12);
  CHECK(file.error.b == 4 * FOVEA_ENCODE_ROOM(4));
  Opened characters(table(kCharacters, {"a", "b"}));
  CHECK(characters.encode("aba", 3, &ids) == FOVEA_OK);
  CHECK(ids == Ids{0, 1, 0});
  CHECK(characters.encode("aba", 2, &ids) == FOVEA_ARENA_TOO_SMALL);
}

TEST_CASE("room: bytes of a character that do not fit are refused, none is left out") {
  // Kills the mutant that took a full array for success when the id is a piece.
  std::vector<std::string> pieces;
  for (unsigned byte = 0; byte < 256; ++byte) pieces.push_back(byte_piece(byte));
  Opened file(table(kMerges, pieces));
  Ids ids;
  const std::string text = "\xE2\x82\xAC\xE2\x82\xAC";
  for (size_t capacity = 0; capacity < 24; ++capacity) {
    CHECK(file.encode(text, capacity, &ids) == FOVEA_ARENA_TOO_SMALL);
  }
  CHECK(file.encode(text, 24, &ids) == FOVEA_OK);
  CHECK(ids == Ids{0xE2, 0x82, 0xAC, 0xE2, 0x82, 0xAC});
}

TEST_CASE("an id without a piece is out of range (09)") {
  Opened file(table(kMerges, {"a", "b"}));
  char text[64];
  size_t size = 0;
  for (const int32_t id : {2, 18, -1, std::numeric_limits<int32_t>::min()}) {
    CHECK(fovea_decode(&file.model, 0, -1, id, text, sizeof text, &size, &file.error) ==
          FOVEA_OUT_OF_RANGE);
    CHECK(file.sentence().find("it must be from 0 to 1 (tokenizer 0 'text')") != std::string::npos);
  }
}

TEST_CASE("scores that are no numbers or very low make no piece") {
  const float nan = std::nanf("");
  Opened file(table(kMerges, {"a", "b", "ab", "ba", "aa"}, -1, {0, 0, nan, -1e10f, -9e9f}));
  CHECK(file.encode("abaa") == Ids{0, 1, 4});
  CHECK(file.encode("ba") == Ids{1, 0});
}

}  // namespace fovea::test
