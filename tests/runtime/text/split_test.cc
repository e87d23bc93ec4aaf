// Splitters made by hand: what they find, and which are refused.

#include "runtime/text/split.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace fovea::test {
namespace {

constexpr uint16_t kEnds = 0x8000, kNone = 0x7FFF;

// Classes: 0 others, 1 a to z. Words are runs of letters.
schema::SplitterT letters() {
  schema::SplitterT made;
  made.classes = 2;
  made.starts = {0, 'a', 'z' + 1};
  made.start_classes = {0, 1, 0};
  made.next = {kNone, 1, kNone, kEnds | kNone, kEnds | 1, kEnds | kNone};
  return made;
}

class Packed {
 public:
  explicit Packed(const schema::SplitterT& made) {
    builder_.Finish(schema::Splitter::Pack(builder_, &made));
  }
  const schema::Splitter& table() const {
    return *flatbuffers::GetRoot<schema::Splitter>(builder_.GetBufferPointer());
  }

 private:
  flatbuffers::FlatBufferBuilder builder_;
};

std::vector<std::string> words(const schema::SplitterT& made, const std::string& text) {
  const Packed packed(made);
  std::vector<std::string> all;
  Words found(packed.table(), {text.data(), text.size()});
  for (Text word; found.next(&word);) all.emplace_back(word.data, word.size);
  CHECK_FALSE(found.too_complex());
  return all;
}

}  // namespace

TEST_CASE("words, and what lies between them, which may be dropped") {
  schema::SplitterT made = letters();
  CHECK(words(made, "  ab c\xC3\xA9") ==
        std::vector<std::string>{"  ", "ab", " ", "c", "\xC3\xA9"});
  made.drop = true;
  CHECK(words(made, "  ab c\xC3\xA9") == std::vector<std::string>{"ab", "c"});
  CHECK(words(made, " ").empty());
  CHECK(words(made, "").empty());
}

TEST_CASE("a word is not empty, whatever the table says") {
  schema::SplitterT made = letters();
  for (uint16_t& entry : made.next) entry |= kEnds;
  CHECK(words(made, " ab") == std::vector<std::string>{" ", "ab"});
}

TEST_CASE("an automaton that never comes to an end does at that of the text") {
  schema::SplitterT made = letters();
  made.next = {0, 0, 0};
  CHECK(words(made, "ab") == std::vector<std::string>{"ab"});
  const Packed packed(made);
  const std::string text(4096, 'a');
  Words found(packed.table(), {text.data(), text.size()});
  Text word;
  CHECK_FALSE(found.next(&word));  // each place looks to the end
  CHECK(found.too_complex());
}

TEST_CASE("tables that do not fit each other are refused") {
  const struct {
    fovea_code code;
    std::function<void(schema::SplitterT&)> change;
  } cases[] = {
      {FOVEA_OK, [](auto&) {}},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.starts.clear(), s.start_classes.clear(); }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.start_classes.pop_back(); }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.starts[0] = 1; }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.starts[2] = 'a'; }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.start_classes[1] = 2; }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.next[1] = 2; }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.next[5] = kEnds | 2; }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.next.pop_back(); }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.next.clear(); }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.next.assign(3 * 0x8000, kNone); }},
      {FOVEA_BAD_VALUE, [](auto& s) { s.classes = 0; }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.classes = 0xFFFFFFFF; }},
      {FOVEA_BAD_SHAPE, [](auto& s) { s.classes = 1u << 31; }},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    CAPTURE(i);
    schema::SplitterT made = letters();
    cases[i].change(made);
    fovea_error error = {};
    const Packed packed(made);
    CHECK(verify_splitter(packed.table(), {FOVEA_TABLE_TOKENIZER, 3}, &error) == cases[i].code);
    CHECK((cases[i].code == FOVEA_OK || error.index == 3));
  }
}

}  // namespace fovea::test
