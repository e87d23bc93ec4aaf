// Splits texts with a splitter table, as the runtime does.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_
#define FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/text/split.h"

namespace fovea::test {

// A splitter table in a buffer of its own, verified.
class Splitting {
 public:
  explicit Splitting(const schema::SplitterT& made) {
    builder_.Finish(schema::Splitter::Pack(builder_, &made));
    fovea_error error = {};
    REQUIRE(verify_splitter(table(), {FOVEA_TABLE_TOKENIZER, 0}, &error) == FOVEA_OK);
  }

  const schema::Splitter& table() const {
    return *flatbuffers::GetRoot<schema::Splitter>(builder_.GetBufferPointer());
  }

  std::vector<std::string> words(const std::string& text) const {
    std::vector<std::string> all;
    Words words(table(), {text.data(), text.size()});
    for (Text word; words.next(&word);) all.emplace_back(word.data, word.size);
    CHECK(!words.too_complex());
    return all;
  }

 private:
  flatbuffers::FlatBufferBuilder builder_;
};

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_
