// Takes tokens one after the other.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_TOKENS_H_
#define FOVEA_TOOLS_IMPORT_CHAT_TOKENS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/import/chat/lexer.h"
#include "tools/import/chat/syntax.h"

namespace fovea::tools::chat {

class Tokens {
 public:
  explicit Tokens(std::vector<Token> list) : list_(std::move(list)) {}

  const Token& now() const { return list_[at_]; }
  const Token& next() const { return list_[at_ + (at_ + 1 < list_.size() ? 1 : 0)]; }
  uint32_t line() const { return now().line; }

  bool is(Token::Kind kind) const { return now().kind == kind; }
  bool is(Token::Kind kind, std::string_view text) const { return is(kind) && now().text == text; }
  bool is_operator(std::string_view text) const { return is(Token::kOperator, text); }
  bool is_word(std::string_view text) const { return is(Token::kName, text); }

  Token take() {
    const Token token = now();
    if (at_ + 1 < list_.size()) ++at_;
    return token;
  }
  bool skip_operator(std::string_view text) {
    const bool found = is_operator(text);
    if (found) take();
    return found;
  }
  bool skip_word(std::string_view text) {
    const bool found = is_word(text);
    if (found) take();
    return found;
  }
  void expect_operator(std::string_view text);
  void expect_word(std::string_view text);
  std::string expect(Token::Kind kind);
  // Refuses what is next.
  [[noreturn]] void wrong() const;

 private:
  std::vector<Token> list_;
  size_t at_ = 0;
};

// An expression; a tuple where commas stand behind it and `tuple`, a condition where `condition`.
ExpressionPtr parse_expression(Tokens& tokens, bool tuple = false, bool condition = true);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_TOKENS_H_
