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
#include "tests/support/whole_words.h"

namespace fovea::test {
namespace {

constexpr int kRounds = 1000;  // of each tokenizer

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
    if (round == 2) tokenizer->normalizes = tokenizer->matches = false;
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
  damage(whole_words::word_piece());
}

TEST_CASE("damaged tables of ranked merges are refused or harmless") {
  damage(whole_words::ranked_merges());
}

TEST_CASE("damaged tables of character merges are refused or harmless") {
  damage(whole_words::character_merges());
}

TEST_CASE("damaged tables of Unigram are refused or harmless") {
  damage(whole_words::unigram());
}

}  // namespace fovea::test
