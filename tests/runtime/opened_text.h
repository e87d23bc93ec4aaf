// Tokenizers made by hand, in a model that is open.

#ifndef FOVEA_TESTS_RUNTIME_OPENED_TEXT_H_
#define FOVEA_TESTS_RUNTIME_OPENED_TEXT_H_

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/tiny_text.h"

namespace fovea::test {

using Ids = std::vector<int32_t>;

inline constexpr auto kMerges = schema::TokenizerKind::ScoredMerges;
inline constexpr auto kCharacters = schema::TokenizerKind::Characters;

inline schema::TokenizerT table(schema::TokenizerKind kind, std::vector<std::string> pieces,
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

// The name of a piece for one byte.
inline std::string byte_piece(unsigned byte) {
  char name[8];
  std::snprintf(name, sizeof name, "<0x%02X>", byte);
  return name;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_OPENED_TEXT_H_
