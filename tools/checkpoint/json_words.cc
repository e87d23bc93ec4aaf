#include "tools/checkpoint/json_words.h"

#include <limits>

namespace fovea::tools {
namespace {

struct Word {
  std::string_view text;
  double value;
};
constexpr Word kWords[] = {
    {"NaN", std::numeric_limits<double>::quiet_NaN()},
    {"Infinity", std::numeric_limits<double>::infinity()},
    {"-Infinity", -std::numeric_limits<double>::infinity()},
};

const Word* word_at(std::string_view text) {
  for (const Word& word : kWords) {
    if (text.starts_with(word.text)) return &word;
  }
  return nullptr;
}

}  // namespace

QuotedWords quote_words(std::string_view text) {
  QuotedWords quoted;
  size_t strings = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inside && c == '\\') {
      ++i;
    } else if (c == '"') {
      strings += inside ? 0 : 1;
      inside = !inside;
    } else if (!inside && (c == 'N' || c == 'I' || c == '-')) {
      const Word* word = word_at(text.substr(i));
      if (word == nullptr) continue;
      if (quoted.copy.empty()) quoted.copy = text;
      quoted.copy[i] = quoted.copy[i + word->text.size() - 1] = '"';
      quoted.strings.insert(strings++);
      i += word->text.size() - 1;
    }
  }
  return quoted;
}

double quoted_number(std::string_view text) {
  return kWords[text == "a" ? 0 : text == "nfinit" ? 1 : 2].value;
}

}  // namespace fovea::tools
