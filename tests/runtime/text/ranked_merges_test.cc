// Byte-level byte pair encoding with tables made by hand and at random.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/cpu_time.h"
#include "tests/support/tiny_text.h"

namespace fovea::test {
namespace {

using Ids = std::vector<int32_t>;
using Pair = std::pair<uint32_t, uint32_t>;
struct Made {
  uint32_t merged, rank;
};

// Pieces a, b, c, d by their bytes, and what merges.
struct Vocabulary {
  std::vector<std::string> pieces = {"a", "b", "c", "d"};
  std::map<Pair, Made> merges;

  uint32_t merge(uint32_t first, uint32_t second, uint32_t rank) {
    const std::string piece = pieces[first] + pieces[second];
    const auto found = std::find(pieces.begin(), pieces.end(), piece);
    const auto id = static_cast<uint32_t>(found - pieces.begin());
    if (found == pieces.end()) pieces.push_back(piece);
    merges[{first, second}] = {id, rank};
    return id;
  }

  schema::WordTokenizerT table() const {
    schema::WordTokenizerT t;
    t.room = t.room_once = 64;
    t.name = "text";
    t.kind = schema::TokenizerKind::RankedMerges;
    t.pieces = pieces;
    t.bytes.assign(256, UINT32_MAX);
    for (uint32_t i = 0; i < 4; ++i) t.bytes['a' + i] = i;
    for (const auto& [pair, made] : merges) {
      while (t.merge_starts.size() <= pair.first) {
        t.merge_starts.push_back(static_cast<uint32_t>(t.merges.size()));
      }
      t.merges.emplace_back(pair.second, made.merged, made.rank);
    }
    t.merge_starts.resize(pieces.size() + 1, static_cast<uint32_t>(t.merges.size()));
    return t;
  }

  // By the definition: of all neighbours that merge the pair of the lowest rank, the leftmost
  // first.
  Ids encode(const std::string& text) const {
    std::vector<uint32_t> ids;
    for (const char c : text) ids.push_back(static_cast<uint32_t>(c - 'a'));
    for (;;) {
      size_t best = 0;
      const Made* made = nullptr;
      for (size_t i = 0; i + 1 < ids.size(); ++i) {
        const auto found = merges.find({ids[i], ids[i + 1]});
        if (found == merges.end() || (made != nullptr && made->rank <= found->second.rank))
          continue;
        best = i;
        made = &found->second;
      }
      if (made == nullptr) return {ids.begin(), ids.end()};
      ids[best] = made->merged;
      ids.erase(ids.begin() + static_cast<ptrdiff_t>(best) + 1);
    }
  }
};

struct Opened {
  explicit Opened(const schema::WordTokenizerT& tokenizer) : image(tiny_text(tokenizer)) {
    code = fovea_open(image.span(), {}, &model, &error);
  }

  fovea_code encode(const std::string& text, size_t capacity, Ids* out) {
    out->assign(capacity, -7);
    size_t count = 0;
    const fovea_code result =
        fovea_encode(&model, 0, text.data(), text.size(), out->data(), capacity, &count, &error);
    out->resize(result == FOVEA_OK ? count : 0);
    return result;
  }
  Ids encode(const std::string& text) {
    Ids ids;
    REQUIRE(code == FOVEA_OK);
    REQUIRE(encode(text, fovea_encode_room(&model, 0, text.size()), &ids) == FOVEA_OK);
    return ids;
  }

  Image image;
  fovea_model model = {};
  fovea_error error = {};
  fovea_code code;
};

}  // namespace

TEST_CASE("the lowest rank merges first, of equal pairs the leftmost") {
  Vocabulary v;
  const auto bc = static_cast<int32_t>(v.merge(1, 2, 0));
  const auto ab = static_cast<int32_t>(v.merge(0, 1, 1));
  const auto aa = static_cast<int32_t>(v.merge(0, 0, 2));
  Opened file(v.table());
  CHECK(file.encode("abc") == Ids{0, bc});
  CHECK(file.encode("abd") == Ids{ab, 3});
  CHECK(file.encode("aaa") == Ids{aa, 0});
  CHECK(file.encode("aab") == Ids{0, ab});
  CHECK(file.encode("a") == Ids{0});
  CHECK(file.encode("").empty());
}

TEST_CASE("a word that is a piece is not merged where the file says so; else it is") {
  Vocabulary v;
  v.pieces.push_back("abc");
  const auto ab = static_cast<int32_t>(v.merge(0, 1, 0));
  schema::WordTokenizerT t = v.table();
  CHECK(Opened(t).encode("abc") == Ids{ab, 2});
  t.whole_words = true;
  CHECK(Opened(t).encode("abc") == Ids{4});
  CHECK(Opened(t).encode("abca") == Ids{ab, 2, 0});
}

TEST_CASE("a byte without a piece is unknown, or nothing where there is no unknown piece") {
  Vocabulary v;
  const auto ab = static_cast<int32_t>(v.merge(0, 1, 0));
  schema::WordTokenizerT t = v.table();
  CHECK(Opened(t).encode("axb\xC3\xA9") == Ids{ab});
  t.unknown = 3;
  CHECK(Opened(t).encode("axb") == Ids{0, 3, 1});
}

TEST_CASE("the last byte of a word may be another piece") {
  Vocabulary v;
  v.pieces.push_back("b</w>");
  const auto abw = static_cast<int32_t>(v.merge(0, 4, 0));
  v.merge(0, 1, 1);
  schema::WordTokenizerT t = v.table();
  t.end_bytes = t.bytes;
  t.end_bytes['b'] = 4;
  t.end_bytes['c'] = UINT32_MAX;
  Opened file(t);
  CHECK(file.encode("ab") == Ids{abw});
  CHECK(file.encode("b") == Ids{4});
  CHECK(file.encode("bca") == Ids{1, 2, 0});
  CHECK(file.encode("ac") == Ids{0});
  t.end_bytes.pop_back();
  CHECK(Opened(t).code == FOVEA_BAD_SHAPE);
  t.end_bytes.push_back(static_cast<uint32_t>(t.pieces.size()));
  CHECK(Opened(t).code == FOVEA_BAD_VALUE);
}

TEST_CASE("random merges give what the definition gives, in just enough room") {
  std::mt19937 rng(5);
  const auto below = [&](size_t limit) { return static_cast<uint32_t>(rng() % limit); };
  for (int round = 0; round < 200; ++round) {
    Vocabulary v;
    std::vector<uint32_t> ranks(1 + below(30));
    for (uint32_t i = 0; i < ranks.size(); ++i) ranks[i] = i;
    std::shuffle(ranks.begin(), ranks.end(), rng);
    for (const uint32_t rank : ranks) {
      v.merge(below(v.pieces.size()), below(v.pieces.size()), rank);
    }
    Opened file(v.table());
    for (int i = 0; i < 10; ++i) {
      std::string text;
      for (uint32_t n = below(40); n > 0; --n) text += static_cast<char>('a' + below(4));
      CAPTURE(text);
      CHECK(file.encode(text) == v.encode(text));
      Ids ids;
      if (!text.empty()) CHECK(file.encode(text, text.size() - 1, &ids) == FOVEA_ARENA_TOO_SMALL);
    }
  }
}

TEST_CASE("one word of 64 KB takes time n log n") {
  Vocabulary v;
  uint32_t run = 0;
  for (uint32_t rank = 0; rank < 6; ++rank) run = v.merge(run, run, rank);
  Opened file(v.table());
  const std::string text(1 << 16, 'a');
  const double seconds =
      cpu_seconds(3, [&] { CHECK(file.encode(text).size() == text.size() / 64); });
  MESSAGE("64 KB in one word: ", seconds * 1e3, " ms");
  CHECK(seconds < 0.05 * kPatience);  // 10 ms; 30 s in time of its square
}

TEST_CASE("tables that name what is not there are refused when the file is opened") {
  Vocabulary v;
  v.merge(0, 1, 0);
  v.merge(1, 1, 1);
  const std::function<void(schema::WordTokenizerT&)> changes[] = {
      [](auto& t) { t.bytes.pop_back(); },
      [](auto& t) { t.bytes.clear(); },
      [](auto& t) { t.bytes[7] = 6; },
      [](auto& t) { t.merge_starts.pop_back(); },
      [](auto& t) { t.merge_starts.clear(); },
      [](auto& t) { t.merge_starts.back() = 3; },
      [](auto& t) { t.merge_starts[1] = 9; },
      [](auto& t) { t.merge_starts[2] = 0; },
      [](auto& t) { t.merges[1] = schema::Merge(1, 6, 1); },
      [](auto& t) { t.merges.clear(); },
  };
  CHECK(Opened(v.table()).code == FOVEA_OK);
  for (size_t i = 0; i < std::size(changes); ++i) {
    CAPTURE(i);
    schema::WordTokenizerT t = v.table();
    changes[i](t);
    Opened file(t);
    CHECK((file.code == FOVEA_BAD_SHAPE || file.code == FOVEA_BAD_VALUE));
    CHECK(file.error.table == FOVEA_TABLE_TOKENIZER);
  }
}

}  // namespace fovea::test
