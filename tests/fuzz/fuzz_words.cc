// Any tables of words and any text: refused when the file is opened, or ids and texts within their
// bounds. The first bytes change sound tables, the rest is the text.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/tiny_text.h"
#include "tests/support/whole_words.h"

namespace {

using fovea::test::Image;
namespace schema = fovea::schema;
namespace whole_words = fovea::test::whole_words;

constexpr uint32_t kIds = 64;  // of the tiny model: what stands around may be any of them

schema::WordTokenizerT sound(uint8_t kind) {
  switch (kind % 4) {
    case 0:
      return whole_words::word_piece();
    case 1:
      return whole_words::ranked_merges();
    case 2:
      return whole_words::character_merges();
    default:
      return whole_words::unigram();
  }
}

void use(const fovea_model& model, const std::string& text) {
  const fovea_span texts[] = {{text.data(), text.size()}, {text.data(), text.size() / 2}};
  const size_t size = text.size() + text.size() / 2;
  const auto capacity = std::min<size_t>(fovea_encode_room(&model, 0, size), 1 << 16);
  for (uint32_t count : {1u, 2u}) {
    std::vector<int32_t> ids(capacity);
    fovea_tokens tokens = {ids.data(), capacity, nullptr, 0, 0, 0, false};
    const fovea_code code =
        fovea_tokenize(&model, 0, texts, count, FOVEA_TEXT_SPECIAL, &tokens, nullptr);
    if (code != FOVEA_OK) continue;
    if (tokens.count > capacity) __builtin_trap();
    for (size_t i = 0; i < tokens.count; ++i) {
      if (static_cast<uint32_t>(ids[i]) >= kIds) __builtin_trap();
      char piece[64];
      size_t bytes = 0;
      if (fovea_decode(&model, 0, i == 0 ? -1 : ids[i - 1], ids[i], piece, sizeof piece, &bytes,
                       nullptr) == FOVEA_OK &&
          bytes > sizeof piece) {
        __builtin_trap();
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::unique_ptr<schema::TokenizerT> tokenizer = sound(data[0]).packed();
  const size_t changes = std::min<size_t>(data[1] % 8, (size - 2) / 3);
  for (size_t i = 0; i < changes; ++i) {
    const uint8_t* change = data + 2 + 3 * i;
    const size_t place = (change[0] * 256u + change[1]) % tokenizer->words.size();
    tokenizer->words[place] = change[2];
  }
  const size_t used = 2 + 3 * changes;
  const std::string text(reinterpret_cast<const char*>(data + used), size - used);
  const Image image = fovea::test::tiny_model(
      [&](schema::ModelT& model) { model.tokenizers.push_back(std::move(tokenizer)); });
  fovea_model model;
  const fovea_code code = fovea_open(image.span(), {}, &model, nullptr);
  if (code != FOVEA_OK && changes == 0) __builtin_trap();
  if (code == FOVEA_OK) use(model, text);
  return 0;
}
