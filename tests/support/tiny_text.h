// The tiny model with a tokenizer made by hand.

#ifndef FOVEA_TESTS_SUPPORT_TINY_TEXT_H_
#define FOVEA_TESTS_SUPPORT_TINY_TEXT_H_

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "schema/word_tokenizer.h"
#include "tests/support/tiny_model.h"

namespace fovea::test {

// Fills `sorted`.
inline std::unique_ptr<schema::TokenizerT> sorted_tokenizer(schema::TokenizerT tokenizer) {
  const std::vector<std::string>& pieces = tokenizer.pieces;
  tokenizer.sorted.resize(pieces.size());
  std::iota(tokenizer.sorted.begin(), tokenizer.sorted.end(), 0u);
  std::sort(tokenizer.sorted.begin(), tokenizer.sorted.end(),
            [&](uint32_t a, uint32_t b) { return pieces[a] < pieces[b]; });
  return std::make_unique<schema::TokenizerT>(std::move(tokenizer));
}

// The tiny model with this tokenizer.
inline Image tiny_text(schema::TokenizerT tokenizer) {
  return tiny_model([&](schema::ModelT& model) {
    model.tokenizers.push_back(sorted_tokenizer(std::move(tokenizer)));
  });
}
inline Image tiny_text(const schema::WordTokenizerT& tokenizer) {
  return tiny_text(std::move(*tokenizer.packed()));
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_TINY_TEXT_H_
