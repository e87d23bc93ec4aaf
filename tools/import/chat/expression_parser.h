// The parser of expressions: one function for each of Jinja's precedences.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_EXPRESSION_PARSER_H_
#define FOVEA_TOOLS_IMPORT_CHAT_EXPRESSION_PARSER_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "tools/import/chat/tokens.h"

namespace fovea::tools::chat {

inline ExpressionPtr make(Expression::Kind kind, uint32_t line, std::string text = {}) {
  return std::make_unique<Expression>(Expression{kind, line, std::move(text)});
}

template <class... Parts>
ExpressionPtr make_of(Expression::Kind kind, uint32_t line, std::string text, Parts... parts) {
  ExpressionPtr made = make(kind, line, std::move(text));
  (made->parts.push_back(std::move(parts)), ...);
  return made;
}

class ExpressionParser {
 public:
  explicit ExpressionParser(Tokens& tokens) : t_(tokens) {}

  ExpressionPtr tuple();
  ExpressionPtr condition();
  ExpressionPtr any();

 private:
  // How many expressions one is in.
  class Depth {
   public:
    explicit Depth(ExpressionParser& parser);
    ~Depth() { --parser_.depth_; }

   private:
    ExpressionParser& parser_;
  };

  ExpressionPtr all();
  ExpressionPtr negation();

  // The comparison that is next, or nothing.
  std::string comparing();
  ExpressionPtr comparison();

  // The operator that is next if it is one of these, or nothing.
  std::string one_of(std::initializer_list<const char*> names);
  ExpressionPtr sum();
  ExpressionPtr concat();
  ExpressionPtr product();

  // expression_operand.cc
  ExpressionPtr unary(bool filters);
  ExpressionPtr primary();
  static ExpressionPtr constant(uint32_t line, Value value);
  ExpressionPtr name(const Token& token);
  ExpressionPtr list(uint32_t line);
  ExpressionPtr dict(uint32_t line);
  ExpressionPtr postfix(ExpressionPtr inner);
  ExpressionPtr subscript(ExpressionPtr inner, uint32_t line);

  // Behind the parts that are there: those without names, then those with.
  void arguments(Expression& to);
  ExpressionPtr filtered(ExpressionPtr inner);
  ExpressionPtr test(ExpressionPtr inner, uint32_t line);

  Tokens& t_;
  int depth_ = 0;
};

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_EXPRESSION_PARSER_H_
