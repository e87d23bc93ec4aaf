// Tables of words with bytes changed at random: refused when the file is opened, or harmless. Under
// the sanitizers this sees every wrong access.

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/tiny_text.h"

namespace fovea::test {
namespace {

using schema::NormalizationKind;

constexpr int kRounds = 1000;  // of each tokenizer

void add(std::vector<uint8_t>& bytes, std::vector<uint32_t>& ends, const std::string& text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
  ends.push_back(static_cast<uint32_t>(bytes.size()));
}

std::unique_ptr<schema::NormalizationT> step(NormalizationKind kind) {
  auto made = std::make_unique<schema::NormalizationT>();
  made->kind = kind;
  return made;
}

// Words between spaces.
std::unique_ptr<schema::SplitterT> spaces() {
  constexpr uint16_t kNone = 0x7FFF, kWord = 0x8000;
  auto made = std::make_unique<schema::SplitterT>();
  made->classes = 2;
  made->starts = {0, ' ', ' ' + 1};
  made->start_classes = {1, 0, 1};
  made->next = {kNone, 1, kNone, kWord | kNone, 1, kWord | kNone};
  made->drop = true;
  return made;
}

// A tokenizer that has all that tables of words may have. Pieces are given.
schema::WordTokenizerT whole() {
  schema::WordTokenizerT t;
  t.name = "text";
  t.pieces = {"?", "a", "b", "ab", "##b", "##a", "[S]", "[M]", "c d"};
  t.sorted = {5, 4, 0, 6, 7, 1, 3, 2, 8};
  t.unknown = 0;
  auto replace = step(NormalizationKind::Replace);
  for (const auto& [key, value] : {std::pair("A", "a"), {"\xC3\x84", "ab"}, {"\xE2\x82\xAC", ""}}) {
    add(replace->keys, replace->key_ends, key);
    add(replace->values, replace->value_ends, value);
  }
  replace->removed = {0, 9, 0x300, 0x302};
  replace->hangul = true;
  t.normalization.push_back(std::move(replace));
  auto compose = step(NormalizationKind::Compose);
  compose->marks = {0x302, 0x323};
  compose->mark_classes = {230, 220};
  compose->compositions = {{'a', 0x302, 0xE2}, {'b', 0x323, 0x1E05}};
  compose->hangul = true;
  t.normalization.push_back(std::move(compose));
  auto prepend = step(NormalizationKind::Prepend);
  add(prepend->values, prepend->value_ends, " ");
  t.normalization.push_back(std::move(prepend));
  t.normalization.push_back(step(NormalizationKind::Strip));
  t.normalization.back()->left = true;
  t.splitters.push_back(spaces());
  t.added = {{6, true, false, false, true, false},
             {7, false, false, true, false, true},
             {8, false, true, false, false, false}};
  t.added_texts = {"[S]", "m", "c d"};
  t.word_points = {'a', 'z' + 1};
  t.single = {6, -1, 6};
  t.pair = {6, -1, 6, -2, 6};
  t.pair_types = {0, 0, 0, 1, 1};
  t.truncate = 12;
  t.prefix = "a";
  t.spaces = t.cleanup = true;
  return t;
}

schema::WordTokenizerT word_piece() {
  schema::WordTokenizerT t = whole();
  t.kind = schema::TokenizerKind::WordPiece;
  t.continuing = "##";
  t.longest_word = 20;
  return t;
}

schema::WordTokenizerT ranked_merges() {
  schema::WordTokenizerT t = whole();
  t.kind = schema::TokenizerKind::RankedMerges;
  t.bytes.assign(256, 0);
  t.bytes['a'] = 1;
  t.bytes['b'] = 2;
  t.merge_starts = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  t.merges = {{2, 3, 0}};
  t.whole_words = true;
  return t;
}

const std::string kTexts[] = {"ab aab A\xC3\x84 [S]  m c d \xEA\xB0\x81 a\xCC\x82 b\xCC\xA3", "",
                              " \xFF\xE2\x82 mm m", "abababab ab c d"};

// Encodes texts in just enough room. Ids are pieces or stand around.
void use(const fovea_model& model, uint32_t ids) {
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    const std::string& second = kTexts[(i + 1) % std::size(kTexts)];
    const fovea_span texts[] = {{kTexts[i].data(), kTexts[i].size()},
                                {second.data(), second.size()}};
    const size_t room = fovea_encode_room(&model, 0, kTexts[i].size() + second.size());
    const auto capacity = std::min<size_t>(room, 1 << 16);
    for (uint32_t count : {1u, 2u}) {
      std::vector<int32_t> list(capacity), types(capacity);
      fovea_tokens tokens = {list.data(), capacity, types.data(), capacity, 0, 0, false};
      fovea_error error = {};
      const fovea_code code =
          fovea_tokenize(&model, 0, texts, count, FOVEA_TEXT_SPECIAL, &tokens, &error);
      if (code != FOVEA_OK) continue;
      REQUIRE(tokens.count <= capacity);
      for (size_t k = 0; k < tokens.count; ++k) REQUIRE(static_cast<uint32_t>(list[k]) < ids);
    }
  }
  for (int32_t id = -1; id < 12; ++id) {
    char text[64];
    size_t size = 0;
    if (fovea_decode(&model, 0, 1, id, text, sizeof text, &size, nullptr) == FOVEA_OK) {
      REQUIRE(size <= sizeof text);
    }
  }
}

void damage(const schema::WordTokenizerT& sound) {
  std::mt19937 random(11);
  int opened = 0, refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto tokenizer = sound.packed();
    for (uint32_t changes = round == 0 ? 0 : 1 + random() % 3; changes > 0; --changes) {
      uint8_t& byte = tokenizer->words[random() % tokenizer->words.size()];
      byte = random() % 2 == 0 ? static_cast<uint8_t>(random())
                               : static_cast<uint8_t>(byte + (random() % 2 == 0 ? 1 : -1));
    }
    if (round == 1) tokenizer->words.clear();
    if (round == 2) tokenizer->normalizes = false;
    if (round % 7 == 3) tokenizer->words.resize(random() % tokenizer->words.size());
    const Image image = tiny_model([&](schema::ModelT& model) {
      model.tokenizers.push_back(std::make_unique<schema::TokenizerT>(*tokenizer));
    });
    fovea_model model;
    fovea_error error = {};
    CAPTURE(round);
    const fovea_code code = fovea_open(image.span(), {}, &model, &error);
    if (round == 0) REQUIRE(code == FOVEA_OK);
    if (round == 1 || round == 2) REQUIRE(code != FOVEA_OK);
    (code == FOVEA_OK ? opened : refused) += 1;
    if (code == FOVEA_OK) use(model, 64);
  }
  CHECK(opened > kRounds / 20);
  CHECK(refused > kRounds / 20);
}

}  // namespace

TEST_CASE("damaged tables of WordPiece are refused or harmless") {
  damage(word_piece());
}

TEST_CASE("damaged tables of ranked merges are refused or harmless") {
  damage(ranked_merges());
}

}  // namespace fovea::test
