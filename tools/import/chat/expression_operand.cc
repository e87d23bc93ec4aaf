// Operands of expressions: constants, names, lists, with what is called, taken and asked of them.

#include <fmt/format.h>

#include "tools/import/chat/expression_parser.h"

namespace fovea::tools::chat {

ExpressionPtr ExpressionParser::unary(bool filters) {
  const Depth depth(*this);
  const uint32_t line = t_.line();
  ExpressionPtr made;
  if (t_.skip_operator("-")) {
    made = make_of(Expression::kNegative, line, {}, unary(false));
  } else {
    made = postfix(primary());
  }
  return filters ? filtered(std::move(made)) : std::move(made);
}

ExpressionPtr ExpressionParser::primary() {
  const uint32_t line = t_.line();
  if (t_.is(Token::kName)) return name(t_.take());
  if (t_.is(Token::kString)) {
    std::string text;
    while (t_.is(Token::kString)) text += t_.take().text;
    return constant(line, text);
  }
  if (t_.is(Token::kInteger)) return constant(line, int64_t{std::stoll(t_.take().text)});
  if (t_.is(Token::kReal)) return constant(line, std::stod(t_.take().text));
  if (t_.skip_operator("(")) {
    if (t_.skip_operator(")")) return make(Expression::kList, line);
    ExpressionPtr inner = tuple();
    t_.expect_operator(")");
    return inner;
  }
  if (t_.skip_operator("[")) return list(line);
  if (t_.skip_operator("{")) return dict(line);
  t_.wrong();
}

ExpressionPtr ExpressionParser::constant(uint32_t line, Value value) {
  ExpressionPtr made = make(Expression::kConstant, line);
  made->value = std::move(value);
  return made;
}

ExpressionPtr ExpressionParser::name(const Token& token) {
  const std::string& n = token.text;
  if (n == "true" || n == "True") return constant(token.line, true);
  if (n == "false" || n == "False") return constant(token.line, false);
  if (n == "none" || n == "None") return constant(token.line, None{});
  for (const char* word : {"if", "else", "in", "is", "not", "and", "or", "for"}) {
    if (n == word) throw NotUnderstood(token.line, fmt::format("the word {} there", word));
  }
  return make(Expression::kName, token.line, n);
}

ExpressionPtr ExpressionParser::list(uint32_t line) {
  ExpressionPtr made = make(Expression::kList, line);
  while (!t_.skip_operator("]")) {
    made->parts.push_back(condition());
    if (!t_.is_operator("]")) t_.expect_operator(",");
  }
  return made;
}

ExpressionPtr ExpressionParser::dict(uint32_t line) {
  ExpressionPtr made = make(Expression::kDict, line);
  while (!t_.skip_operator("}")) {
    made->parts.push_back(condition());
    t_.expect_operator(":");
    made->parts.push_back(condition());
    if (!t_.is_operator("}")) t_.expect_operator(",");
  }
  return made;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr inner) {
  while (true) {
    const uint32_t line = t_.line();
    if (t_.skip_operator(".")) {
      const std::string attribute = t_.expect(Token::kName);
      inner = make_of(Expression::kAttribute, line, attribute, std::move(inner));
    } else if (t_.skip_operator("[")) {
      inner = subscript(std::move(inner), line);
    } else if (t_.is_operator("(")) {
      inner = make_of(Expression::kCall, line, {}, std::move(inner));
      arguments(*inner);
    } else {
      return inner;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr inner, uint32_t line) {
  ExpressionPtr bounds[3];
  size_t colons = 0;
  while (!t_.is_operator("]")) {
    if (t_.skip_operator(":")) {
      if (++colons > 2) t_.wrong();
    } else {
      if (bounds[colons] != nullptr) t_.wrong();
      bounds[colons] = condition();
    }
  }
  t_.expect_operator("]");
  if (colons > 0) {
    return make_of(Expression::kSlice, line, {}, std::move(inner), std::move(bounds[0]),
                   std::move(bounds[1]), std::move(bounds[2]));
  }
  if (bounds[0] == nullptr) throw NotUnderstood(line, "[] without an index");
  return make_of(Expression::kItem, line, {}, std::move(inner), std::move(bounds[0]));
}

void ExpressionParser::arguments(Expression& to) {
  t_.expect_operator("(");
  while (!t_.skip_operator(")")) {
    const Token& next = t_.next();
    if (t_.is(Token::kName) && next.kind == Token::kOperator && next.text == "=") {
      to.names.push_back(t_.take().text);
      t_.take();
    } else if (!to.names.empty()) {
      t_.wrong();
    }
    to.parts.push_back(condition());
    if (!t_.is_operator(")")) t_.expect_operator(",");
  }
}

ExpressionPtr ExpressionParser::filtered(ExpressionPtr inner) {
  while (true) {
    const uint32_t line = t_.line();
    if (t_.skip_operator("|")) {
      const std::string filter = t_.expect(Token::kName);
      inner = make_of(Expression::kFilter, line, filter, std::move(inner));
      if (t_.is_operator("(")) arguments(*inner);
    } else if (t_.skip_word("is")) {
      inner = test(std::move(inner), line);
    } else {
      return inner;
    }
  }
}

ExpressionPtr ExpressionParser::test(ExpressionPtr inner, uint32_t line) {
  const bool negative = t_.skip_word("not");
  const std::string name = t_.expect(Token::kName);
  ExpressionPtr made = make_of(Expression::kTest, line, name, std::move(inner));
  if (t_.is_operator("(")) {
    arguments(*made);
  } else if (t_.is(Token::kString) || t_.is(Token::kInteger) || t_.is_operator("[")) {
    made->parts.push_back(postfix(primary()));
  } else if (t_.is(Token::kName)) {
    const bool ends = t_.is_word("else") || t_.is_word("or") || t_.is_word("and") ||
                      t_.is_word("if") || t_.is_word("in") || t_.is_word("not");
    if (!ends) made->parts.push_back(postfix(primary()));
  }
  return negative ? make_of(Expression::kNot, line, {}, std::move(made)) : std::move(made);
}

}  // namespace fovea::tools::chat
