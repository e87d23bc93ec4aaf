// Text to ids and back with tokenizers made by hand.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/reference/encode.h"
#include "tests/support/cpu_time.h"
#include "tests/support/tiny_text.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;

constexpr auto kMerges = schema::TokenizerKind::ScoredMerges;
constexpr auto kCharacters = schema::TokenizerKind::Characters;

schema::TokenizerT table(schema::TokenizerKind kind, std::vector<std::string> pieces,
                         int32_t unknown = -1, std::vector<float> scores = {}) {
  schema::TokenizerT t;
  t.name = "text";
  t.kind = kind;
  t.unknown = unknown;
  if (kind == kMerges && scores.empty()) scores.assign(pieces.size(), 0.0f);
  t.pieces = std::move(pieces);
  t.scores = std::move(scores);
  return t;
}

// An opened model with one tokenizer.
struct Opened {
  explicit Opened(schema::TokenizerT tokenizer) : Opened(tiny_text(std::move(tokenizer))) {}
  explicit Opened(Image&& file) : image(std::move(file)) {
    fovea_error error = {};
    const fovea_code code = fovea_open(image.span(), {}, &model, &error);
    CAPTURE(code);
    REQUIRE(code == FOVEA_OK);
  }

  fovea_code encode(const std::string& text, size_t capacity, Ids* out) {
    Ids ids(capacity, -7);
    size_t count = 0;
    const fovea_code code =
        fovea_encode(&model, 0, text.data(), text.size(), ids.data(), capacity, &count, &error);
    out->assign(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count));
    return code;
  }
  Ids encode(const std::string& text) {
    Ids ids;
    REQUIRE(encode(text, FOVEA_ENCODE_ROOM(text.size()), &ids) == FOVEA_OK);
    return ids;
  }
  std::string decode(int32_t previous, int32_t id) {
    char text[64];
    size_t size = 0;
    REQUIRE(fovea_decode(&model, 0, previous, id, text, sizeof text, &size, &error) == FOVEA_OK);
    return {text, size};
  }
  std::string sentence() const {
    char text[256];
    fovea_describe(&model, &error, text, sizeof text);
    return text;
  }

  Image image;
  fovea_model model = {};
  fovea_error error = {};
};

std::string byte_piece(unsigned byte) {
  char name[8];
  std::snprintf(name, sizeof name, "<0x%02X>", byte);
  return name;
}

}  // namespace

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

// Random pieces, scores with many ties, random texts of few letters.
TEST_CASE("ids are those of one scan for each merge, on random texts") {
  std::mt19937 random(5);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    reference::Vocabulary v;
    std::map<std::string, int> known;
    const auto add = [&](const std::string& piece) {
      if (!known.emplace(piece, 0).second) return;
      v.pieces.push_back(piece);
      const float kinds[] = {0, -1, -1, -2, 3, -0.0f, -1e11f, static_cast<float>(below(7))};
      v.scores.push_back(kinds[below(8)]);
    };
    const char* letters[] = {"a", "b", "c", " ", "\xC3\xA9", "<"};
    for (const char* letter : letters) {
      if (below(8) != 0) add(letter);
    }
    for (uint32_t i = 0, n = below(60); i < n; ++i) {
      std::string piece;
      for (uint32_t k = 0, size = 2 + below(i % 9 == 0 ? 30 : 4); k < size; ++k) {
        piece += letters[below(round % 2 == 0 ? 2 : 6)];
      }
      add(piece);
    }
    if (below(2) != 0) {
      v.unknown = static_cast<int32_t>(v.pieces.size());
      add("<unk>");
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (round % 3 != 0 || below(2) != 0) add(byte_piece(byte));
    }
    if (v.pieces.empty()) continue;
    Opened file(table(kMerges, v.pieces, v.unknown, v.scores));
    for (int repeat = 0; repeat < 12; ++repeat) {
      std::string text;
      for (uint32_t i = 0, n = below(80); i < n; ++i) text += letters[below(6)];
      if (below(4) == 0) text += static_cast<char>(below(256));
      CAPTURE(text);
      const Ids expected = reference::encode_merges(v, text);
      Ids ids;
      const fovea_code code = file.encode(text, FOVEA_ENCODE_ROOM(text.size()), &ids);
      CHECK(code == (expected.empty() && !text.empty() ? FOVEA_NO_PIECE : FOVEA_OK));
      CHECK(ids == (code == FOVEA_OK ? expected : Ids{}));
    }
  }
}

namespace {

double encoding_seconds(Opened& file, const std::string& text) {
  Ids ids(FOVEA_ENCODE_ROOM(text.size()));
  return cpu_seconds(3, [&] {
    size_t count = 0;
    REQUIRE(fovea_encode(&file.model, 0, text.data(), text.size(), ids.data(), ids.size(), &count,
                         nullptr) == FOVEA_OK);
  });
}

}  // namespace

TEST_CASE("pieces with long equal beginnings cost no more than their bytes (07)") {
  // a, aa, aaa, ...: the longest merges first, so that one symbol eats up the text.
  std::vector<std::string> pieces;
  std::vector<float> scores;
  for (size_t n = 1; n <= 1500; ++n) {
    pieces.emplace_back(n, 'a');
    scores.push_back(static_cast<float>(n));
  }
  Opened file(table(kMerges, pieces, -1, scores));
  const std::string text(1u << 14, 'a');
  const double seconds = encoding_seconds(file, text);
  MESSAGE("16 KB of one letter: ", seconds, " s");
  CHECK(seconds < kPatience);  // 0.07 here
}

TEST_CASE("special ids are there without a tokenizer, and each of the last ends a text (03)") {
  Opened file(tiny_model([](schema::ModelT& model) {
    model.special = std::make_unique<schema::SpecialTokensT>();
    model.special->begin = {4};
    model.special->end = {2, 18};
  }));
  uint32_t count = 9;
  const int32_t* ids = fovea_special_ids(&file.model, FOVEA_SPECIAL_END, &count);
  REQUIRE(count == 2);
  CHECK(ids[0] == 2);
  CHECK(ids[1] == 18);
  CHECK(*fovea_special_ids(&file.model, FOVEA_SPECIAL_BEGIN, nullptr) == 4);
  CHECK(fovea_special_ids(&file.model, FOVEA_SPECIAL_PADDING, &count) == nullptr);
  CHECK(count == 0);
  for (int32_t id = -1; id < 20; ++id) {
    CHECK(fovea_is_end(&file.model, id) == (id == 2 || id == 18));
  }
  CHECK(!fovea_is_end(nullptr, 2));
  CHECK(fovea_special_ids(nullptr, FOVEA_SPECIAL_END, &count) == nullptr);
  Opened plain(tiny_model());
  CHECK(!fovea_is_end(&plain.model, 2));
}

// Every list of special ids, and what asks for it.
static constexpr std::pair<fovea_special, std::vector<int32_t> schema::SpecialTokensT::*>
    kSpecial[] = {{FOVEA_SPECIAL_BEGIN, &schema::SpecialTokensT::begin},
                  {FOVEA_SPECIAL_END, &schema::SpecialTokensT::end},
                  {FOVEA_SPECIAL_PADDING, &schema::SpecialTokensT::padding},
                  {FOVEA_SPECIAL_START, &schema::SpecialTokensT::start},
                  {FOVEA_SPECIAL_FORCED, &schema::SpecialTokensT::forced},
                  {FOVEA_SPECIAL_FORCED_LAST, &schema::SpecialTokensT::forced_last},
                  {FOVEA_SPECIAL_SUPPRESSED, &schema::SpecialTokensT::suppressed},
                  {FOVEA_SPECIAL_SUPPRESSED_FIRST, &schema::SpecialTokensT::suppressed_first}};

TEST_CASE("special ids of each kind are those of its own list") {
  Opened file(tiny_model([](schema::ModelT& model) {
    model.special = std::make_unique<schema::SpecialTokensT>();
    for (const auto& [kind, list] : kSpecial) {
      (*model.special.*list).assign(static_cast<size_t>(kind) + 1, static_cast<int32_t>(kind) + 5);
    }
  }));
  for (const auto& [kind, list] : kSpecial) {
    uint32_t count = 0;
    const int32_t* ids = fovea_special_ids(&file.model, kind, &count);
    REQUIRE(count == static_cast<uint32_t>(kind) + 1);
    CHECK(ids[0] == static_cast<int32_t>(kind) + 5);
  }
}

TEST_CASE("special ids that the model or its tokenizer lacks are refused") {
  const auto code_of = [](const std::function<void(schema::ModelT&)>& change) {
    const Image image = tiny_model(change);
    fovea_model model;
    fovea_error error;
    return fovea_open(image.span(), {}, &model, &error);
  };
  for (const int32_t id : {-1, 0, 18, 19}) {
    CAPTURE(id);
    for (const auto& entry : kSpecial) {
      const auto list = entry.second;
      const fovea_code code = code_of([&](schema::ModelT& model) {
        model.special = std::make_unique<schema::SpecialTokensT>();
        *model.special.*list = {3, id};
      });
      CHECK(code == (id == 0 || id == 18 ? FOVEA_OK : FOVEA_BAD_VALUE));
    }
    // The first of each kind may be an id that has no piece; the unknown one has to have one.
    for (int field = 0; field < 4; ++field) {
      schema::TokenizerT t = table(kMerges, {"a", "b"});
      (field == 0 ? t.bos : field == 1 ? t.eos : field == 2 ? t.pad : t.unknown) = id;
      const fovea_code code =
          code_of([&](schema::ModelT& model) { model.tokenizers.push_back(sorted_tokenizer(t)); });
      CHECK(code == (id < (field == 3 ? 2 : 19) ? FOVEA_OK : FOVEA_BAD_VALUE));
    }
  }
}

}  // namespace fovea::test
