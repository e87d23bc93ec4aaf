// Scored merges on random texts, and what they cost where pieces are long.

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/reference/encode.h"
#include "tests/runtime/opened_text.h"
#include "tests/support/cpu_time.h"

namespace fovea::test {

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

}  // namespace fovea::test
