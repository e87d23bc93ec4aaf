// A chat template's text as tokens, with white space gone where Jinja takes it.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_LEXER_H_
#define FOVEA_TOOLS_IMPORT_CHAT_LEXER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::tools::chat {

struct Token {
  enum Kind {
    kText,      // between tags
    kPrint,     // {{
    kPrintEnd,  // }}
    kBlock,     // {%
    kBlockEnd,  // %}
    kName,
    kString,  // its contents
    kInteger,
    kReal,
    kOperator,
    kEnd,
  };
  Kind kind;
  std::string text;
  uint32_t line;
};

// As transformers has Jinja set: trim_blocks and lstrip_blocks, comments gone, a line end at the
// very end gone. Throws NotUnderstood.
std::vector<Token> tokens_of(const std::string& source);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_LEXER_H_
