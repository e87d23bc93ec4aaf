// Python's NaN, Infinity and -Infinity, which JSON does not have.

#ifndef FOVEA_TOOLS_CHECKPOINT_JSON_WORDS_H_
#define FOVEA_TOOLS_CHECKPOINT_JSON_WORDS_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace fovea::tools {

// A text in which Python's words are strings of the same length, and which strings these are,
// counted from the first. JSON has no such words, so nlohmann's lexer would end at them.
struct QuotedWords {
  std::string copy;  // empty: the text has none
  std::set<size_t> strings;
};

QuotedWords quote_words(std::string_view text);

// The number of such a string, by what is between its quotes.
double quoted_number(std::string_view text);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_JSON_WORDS_H_
