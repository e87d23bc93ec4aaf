// Splits texts with a splitter table, as the runtime does.

#ifndef FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_
#define FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_

#include <doctest/doctest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/text/split.h"
#include "tools/checkpoint/json.h"
#include "tools/common/mapped_file.h"

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

// Where each code point of a text begins, and the end.
inline std::vector<size_t> starts_of(const std::string& text) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

// The words of a text by pairs of code points, as tests/tokenizers/splits.json has them.
inline std::vector<std::string> words_at(const std::string& text, const nlohmann::json& places) {
  const std::vector<size_t> starts = starts_of(text);
  std::vector<std::string> words;
  for (const auto& place : places) {
    const size_t begin = starts[place[0]];
    words.push_back(text.substr(begin, starts[place[1]] - begin));
  }
  return words;
}

// Its cases: of FOVEA_SPLITS where that is set, for more than the repository has.
inline nlohmann::json split_cases() {
  const char* path = std::getenv("FOVEA_SPLITS");
  const tools::MappedFile file(path == nullptr ? FOVEA_TOKENIZERS "/splits.json" : path);
  return tools::read_json(file.bytes(), file.path(), {.bytes = 1 << 30, .values = 1 << 30});
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_TEXT_WORDS_H_
