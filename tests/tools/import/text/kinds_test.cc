// Texts through tokenizers of all kinds, read and run: the ids of the `tokenizers` library, its
// texts of them, and time.

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/text/utf8.h"
#include "tests/support/cpu_time.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/text/encoding.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npy.h"
#include "tools/common/npz.h"
#include "tools/import/text/sentence_piece.h"
#include "tools/import/text/tokenizer_folder.h"
#include "tools/import/text/tokenizer_json.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using Ids = std::vector<int32_t>;

constexpr uint32_t kRows = 300000;  // ids that the model takes
constexpr size_t kBlock = 10;       // lines of one checksum
constexpr size_t kShare = 1000;     // lines of kinds.npz that are looked at: the first of 10,000

// The texts of tests/tokenizers/kinds.py.
class Lines {
 public:
  explicit Lines(const json& made) : state_(made["seed"]) {
    for (const json& word : made["words"]) words_.push_back(bytes(word));
    for (const json& alphabet : made["alphabets"]) {
      alphabets_.emplace_back();
      for (const json& letter : alphabet) alphabets_.back().push_back(bytes(letter));
    }
  }

  std::string next() {
    std::string line;
    for (size_t parts = 1 + below(11); parts > 0; --parts) {
      if (below(10) < 4) {
        line += words_[below(words_.size())];
      } else {
        const auto& alphabet = alphabets_[below(alphabets_.size())];
        for (size_t left = 1 + below(5); left > 0; --left) line += alphabet[below(alphabet.size())];
      }
      if (below(10) < 4) line.append(1 + below(3) / 2, ' ');
    }
    return line;
  }

 private:
  static std::string bytes(const json& numbers) {
    std::string made;
    for (const uint8_t byte : numbers.get<std::vector<uint8_t>>()) made += static_cast<char>(byte);
    return made;
  }

  size_t below(size_t count) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % count;
  }

  uint64_t state_;
  std::vector<std::string> words_;
  std::vector<std::vector<std::string>> alphabets_;
};

std::string base64(const std::string& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = i; k < i + 3; ++k) {
      bits = bits << 8 | (k < bytes.size() ? static_cast<uint8_t>(bytes[k]) : 0u);
    }
    for (int k = 3; k >= 0; --k) made += kDigits[bits >> (6 * k) & 63];
  }
  const size_t padding = (3 - bytes.size() % 3) % 3;
  return made.replace(made.size() - padding, padding, padding, '=');
}

#if defined(__OPTIMIZE__) && !defined(FOVEA_SANITIZED)
constexpr bool kFast = true;
#else
constexpr bool kFast = false;
#endif

// kinds.npz, or the file that FOVEA_KINDS names (kinds.npz itself, too). All lines are looked at
// where that takes seconds, or of a file that was named.
class Kinds {
 public:
  Kinds() {
    const char* other = std::getenv("FOVEA_KINDS");
    whole_ = other != nullptr || kFast;
    const tools::MappedFile file(other != nullptr ? other : FOVEA_TOKENIZERS "/kinds.npz");
    const tools::Npz archive(file.bytes(), file.path());
    const std::string text = bytes(archive, "json"), charsmap = base64(bytes(archive, "charsmap"));
    made_ = tools::read_json({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, "kinds",
                             {.bytes = 1 << 30, .values = 1 << 30});
    for (json& kind : made_["tokenizers"]) fill(kind, charsmap);
    sums_ = numbers(archive, "sums");
    model_sums_ = numbers(archive, "model_sums");
    for (size_t i = 0; i < made_["models"].size(); ++i) {
      models_.push_back(bytes(archive, ("model" + std::to_string(i)).c_str()));
    }
    for (const char* name : {"source", "target"}) sides_[name] = bytes(archive, name);
  }

  const json& made() const { return made_; }
  size_t lines() const { return whole_ ? made_["lines"].get<size_t>() : kShare; }
  // A file of Marian's.
  const std::string& side(const char* name) const { return sides_.at(name); }
  // The bytes of SentencePiece's files.
  const std::vector<std::string>& models() const { return models_; }
  uint32_t sum(size_t kind, size_t block) const { return at(sums_, kind, block); }
  uint32_t model_sum(size_t model, size_t block) const { return at(model_sums_, model, block); }

 private:
  static std::vector<int32_t> numbers(const tools::Npz& archive, const char* key) {
    const auto npy = tools::parse_npy(archive.read(key, 1 << 28), key, FOVEA_INT32, key);
    std::vector<int32_t> made(npy.data.size() / sizeof(int32_t));
    std::memcpy(made.data(), npy.data.data(), npy.data.size());
    return made;
  }
  static std::string bytes(const tools::Npz& archive, const char* key) {
    std::string made;
    for (const int32_t byte : numbers(archive, key)) made += static_cast<char>(byte);
    return made;
  }

  // A charsmap that several tokenizers have is in the file once.
  static void fill(json& value, const std::string& charsmap) {
    if (value == "CHARSMAP") value = charsmap;
    if (!value.is_structured()) return;
    for (json& part : value) fill(part, charsmap);
  }

  uint32_t at(const std::vector<int32_t>& sums, size_t row, size_t block) const {
    const size_t blocks = made_["lines"].get<size_t>() / kBlock;
    return static_cast<uint32_t>(sums[row * blocks + block]);
  }

  bool whole_;
  json made_;
  std::vector<int32_t> sums_, model_sums_;
  std::vector<std::string> models_;
  std::map<std::string, std::string> sides_;
};

OnlyTokenizer read_kind(const json& kind) {
  return OnlyTokenizer(*tools::make_tokenizer(kind["tokenizer"], kRows, "t.json"), kRows);
}

// Null where archives cannot be read.
const Kinds* kinds() {
  try {
    static const Kinds found;
    return &found;
  } catch (const tools::InputError& error) {
    if (std::string(error.what()).find("libzip") == std::string::npos) throw;
    skip("archives cannot be read");
    return nullptr;
  }
}

uint32_t with(uint32_t sum, const Ids& ids) {
  constexpr int32_t kEnd = -1;
  sum = fovea_crc32(sum, ids.data(), ids.size() * sizeof(int32_t));
  return fovea_crc32(sum, &kEnd, sizeof kEnd);
}

}  // namespace

TEST_CASE("tokenizers of all kinds give the library's ids") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  REQUIRE(all->made()["tokenizers"].size() >= 14);
  for (size_t k = 0; k < all->made()["tokenizers"].size(); ++k) {
    const json& kind = all->made()["tokenizers"][k];
    CAPTURE(kind["name"].get<std::string>());
    OnlyTokenizer tokenizer = read_kind(kind);
    Lines lines(all->made());
    for (size_t i = 0; i < all->lines(); i += kBlock) {
      CAPTURE(i);
      uint32_t sum = 0;
      for (size_t n = 0; n < kBlock; ++n) {
        const std::string line = lines.next();
        const Ids ids = tokenizer.encode({line}, kBare | FOVEA_TEXT_SPECIAL);
        sum = with(sum, ids);
        if (i == 0) CHECK(ids == all->made()["first"][k][n][0].get<Ids>());
      }
      CHECK(sum == all->sum(k, i / kBlock));
    }
  }
}

TEST_CASE("models of SentencePiece give its ids") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  REQUIRE(all->models().size() >= 6);
  for (size_t k = 0; k < all->models().size(); ++k) {
    CAPTURE(all->made()["models"][k].get<std::string>());
    const std::string& model = all->models()[k];
    OnlyTokenizer tokenizer(
        *tools::parse_sentence_piece({reinterpret_cast<const uint8_t*>(model.data()), model.size()},
                                     "t.model"),
        kRows);
    Lines lines(all->made());
    for (size_t i = 0; i < all->lines(); i += kBlock) {
      CAPTURE(i);
      uint32_t sum = 0;
      for (size_t n = 0; n < kBlock; ++n) sum = with(sum, tokenizer.encode({lines.next()}, kBare));
      CHECK(sum == all->model_sum(k, i / kBlock));
    }
  }
}

// Those of a folder of Marian's.
static auto marian_sides(const Kinds& all) {
  const TemporaryFolder folder;
  for (const char* name : {"source", "target"}) {
    write_bytes(folder.file(std::string(name) + ".spm"), all.side(name));
  }
  write_bytes(folder.file("vocab.json"), all.made()["vocab"].dump());
  return tools::read_folder_tokenizers(folder.path(), kRows);
}

TEST_CASE("a folder of Marian's gives its ids, of both sides, and their texts") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  const auto made = marian_sides(*all);
  REQUIRE(made.size() == 2);
  for (size_t side = 0; side < 2; ++side) {
    CAPTURE(side);
    CHECK(made[side]->name == (side == 0 ? "source" : "target"));
    OnlyTokenizer tokenizer(*made[side], kRows);
    Lines lines(all->made());
    for (size_t i = 0; i < all->lines(); i += kBlock) {
      CAPTURE(i);
      uint32_t sum = 0;
      for (size_t n = i; n < i + kBlock; ++n) {
        std::string line;
        if (n % 3 == 0) {
          const json& codes = all->made()["codes"];
          for (const uint8_t byte : codes[n / 3 % codes.size()].get<std::vector<uint8_t>>()) {
            line += static_cast<char>(byte);
          }
        }
        line += lines.next();
        const Ids ids = tokenizer.encode({line}, FOVEA_TEXT_SPECIAL);
        sum = with(sum, ids);
        if (side == 1 && n < 30) CHECK(ids == all->made()["decoded"][n][0].get<Ids>());
      }
      CHECK(sum == all->model_sum(all->models().size() + side, i / kBlock));
    }
  }
}

TEST_CASE("a language counts in front of each part between special tokens, and ends before them") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  const json& vocab = all->made()["vocab"];
  const auto made = marian_sides(*all);
  OnlyTokenizer tokenizer(*made.at(0), kRows);
  const auto encode = [&](const std::string& text) {
    return tokenizer.encode({text}, FOVEA_TEXT_SPECIAL);
  };
  CHECK(encode(">>fra<<") == Ids{vocab[">>fra<<"], vocab["</s>"]});
  const char* const texts[] = {">>fra<<", ">>fra<<na", "na", ">> <"};
  for (const std::string before : texts) {
    for (const std::string behind : texts) {
      CAPTURE(before);
      CAPTURE(behind);
      Ids wanted = encode(before);  // which ends with </s>
      const Ids more = encode(behind);
      wanted.insert(wanted.end(), more.begin(), more.end());
      CHECK(encode(before + "</s>" + behind) == wanted);
    }
  }
}

TEST_CASE("ids of all kinds give the library's texts") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  for (size_t k = 0; k < all->made()["tokenizers"].size(); ++k) {
    const json& kind = all->made()["tokenizers"][k];
    CAPTURE(kind["name"].get<std::string>());
    const OnlyTokenizer tokenizer = read_kind(kind);
    for (const json& one : all->made()["first"][k]) {
      CHECK(tokenizer.decode(one[0].get<Ids>()) == one[1].get<std::string>());
    }
  }
}

namespace {

constexpr size_t kMostRoom = 3;  // times what the worst text needs, which is looked for

std::string repeated(const std::string& part) {
  std::string made;
  while (made.size() < 240) made += part;
  return made;
}

// Texts of one code point or of two, which normalisation may make much of, and of stray bytes.
std::vector<std::string> hostile_texts(const json& lists) {
  std::vector<std::string> made = {
      repeated("\xFF"),         repeated("\xE2\x82"), repeated(" \xFF"),
      repeated("a\xFF "),       repeated(" "),        repeated(" a"),
      repeated("\xE2\x96\x81"), repeated("</s>"),     repeated("<s>a")};
  const auto add = [&](uint32_t first, uint32_t end) {
    for (uint32_t point = first; point < end; ++point) {
      char bytes[4];
      const std::string one(bytes, write_point(point, bytes));
      made.push_back(repeated(one));
      if (point % 7 == 0) made.push_back(repeated(one + " "));
    }
  };
  add(0x20, 0x250);
  for (const uint32_t block : {0x300u, 0x600u, 0x1E00u, 0x2000u, 0x2100u, 0x2460u, 0x3300u, 0xAC00u,
                               0xFB00u, 0xFD50u, 0xFDF0u, 0xFE70u, 0xFF00u, 0x1D100u, 0x1D400u}) {
    add(block, block + 0x40);
  }
  for (const json& alphabet : lists) {
    std::string all;
    for (const json& letter : alphabet) {
      for (const uint8_t byte : letter.get<std::vector<uint8_t>>()) all += static_cast<char>(byte);
    }
    made.push_back(repeated(all));
  }
  return made;
}

// What the worst of the texts needs, of the room that is promised for it: least and promised.
struct Worst {
  size_t needed = 1, promised = 1000;
  std::string text;
};
Worst worst_of(const OnlyTokenizer& t, const std::vector<std::string>& texts) {
  Worst worst;
  for (const std::string& text : texts) {
    const size_t room = t.room(text.size());
    CHECK(t.fits(text, room));
    if (t.fits(text, room * worst.needed / worst.promised)) continue;
    size_t low = 0, high = room;
    while (low + 1 < high) {
      const size_t middle = low + (high - low) / 2;
      (t.fits(text, middle) ? high : low) = middle;
    }
    worst = {high, room, text};
  }
  return worst;
}

}  // namespace

TEST_CASE("the promised room suffices for hostile texts, and is no three times what they need") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  const std::vector<std::string> texts = hostile_texts(all->made()["alphabets"]);
  const auto check = [&](const std::string& name, const OnlyTokenizer& tokenizer) {
    CAPTURE(name);
    const Worst worst = worst_of(tokenizer, texts);
    CAPTURE(worst.text);
    MESSAGE(name, ": ", worst.promised, " promised, ", worst.needed, " needed");
    CHECK(worst.promised < kMostRoom * worst.needed);
  };
  for (const json& kind : all->made()["tokenizers"]) check(kind["name"], read_kind(kind));
  for (size_t k = 0; k < all->models().size(); ++k) {
    const std::string& model = all->models()[k];
    check(all->made()["models"][k],
          OnlyTokenizer(*tools::parse_sentence_piece(
                            {reinterpret_cast<const uint8_t*>(model.data()), model.size()}, "t"),
                        kRows));
  }
}

TEST_CASE("64 KB of text and one word of 64 KB take milliseconds with each kind") {
  const Kinds* all = kinds();
  if (all == nullptr) return;
  Lines lines(all->made());
  std::string text, word(1 << 16, 'e');
  while (text.size() < 1 << 16) text += lines.next();
  text.resize(1 << 16);
  std::vector<int32_t> room(64 << 16);  // more than these texts need, less than any may
  for (const json& kind : all->made()["tokenizers"]) {
    const OnlyTokenizer tokenizer = read_kind(kind);
    for (const std::string& given : {text, word}) {
      const double seconds = cpu_seconds(2, [&] { CHECK(tokenizer.count(given, room) > 0); });
      MESSAGE(kind["name"].get<std::string>(), ": ", seconds * 1e3, " ms");
      CHECK(seconds < 0.05 * kPatience);
    }
  }
}

}  // namespace fovea::test
