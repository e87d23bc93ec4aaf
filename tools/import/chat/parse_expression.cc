// Expressions, by Jinja's precedences: what joins operands.

#include "tools/import/chat/expression_parser.h"

namespace fovea::tools::chat {
namespace {

constexpr int kDeepestExpression = 100;

}  // namespace

ExpressionParser::Depth::Depth(ExpressionParser& parser) : parser_(parser) {
  if (++parser_.depth_ > kDeepestExpression) {
    throw NotUnderstood(parser_.t_.line(), "an expression in more than 100 others");
  }
}

ExpressionPtr ExpressionParser::tuple() {
  ExpressionPtr first = condition();
  if (!t_.is_operator(",")) return first;
  const uint32_t line = first->line;
  ExpressionPtr list = make_of(Expression::kList, line, {}, std::move(first));
  while (t_.skip_operator(",")) {
    if (t_.is(Token::kBlockEnd) || t_.is(Token::kPrintEnd) || t_.is_operator(")")) break;
    list->parts.push_back(condition());
  }
  return list;
}

ExpressionPtr ExpressionParser::condition() {
  const Depth depth(*this);
  ExpressionPtr first = any();
  while (t_.is_word("if")) {
    const uint32_t line = t_.take().line;
    ExpressionPtr test = any(), otherwise;
    if (t_.skip_word("else")) otherwise = condition();
    first = make_of(Expression::kCondition, line, {}, std::move(first), std::move(test),
                    std::move(otherwise));
  }
  return first;
}

ExpressionPtr ExpressionParser::any() {
  ExpressionPtr left = all();
  while (t_.is_word("or")) {
    const uint32_t line = t_.take().line;
    left = make_of(Expression::kOr, line, {}, std::move(left), all());
  }
  return left;
}

ExpressionPtr ExpressionParser::all() {
  ExpressionPtr left = negation();
  while (t_.is_word("and")) {
    const uint32_t line = t_.take().line;
    left = make_of(Expression::kAnd, line, {}, std::move(left), negation());
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  if (!t_.is_word("not")) return comparison();
  const Depth depth(*this);
  const uint32_t line = t_.take().line;
  return make_of(Expression::kNot, line, {}, negation());
}

std::string ExpressionParser::comparing() {
  for (const char* name : {"==", "!=", "<", "<=", ">", ">="}) {
    if (t_.skip_operator(name)) return name;
  }
  if (t_.skip_word("in")) return "in";
  if (t_.is_word("not") && t_.next().kind == Token::kName && t_.next().text == "in") {
    t_.take();
    t_.take();
    return "not in";
  }
  return {};
}

ExpressionPtr ExpressionParser::comparison() {
  ExpressionPtr first = sum();
  const uint32_t line = first->line;
  ExpressionPtr made;
  for (std::string name = comparing(); !name.empty(); name = comparing()) {
    if (made == nullptr) made = make_of(Expression::kCompare, line, {}, std::move(first));
    made->names.push_back(name);
    made->parts.push_back(sum());
  }
  return made == nullptr ? std::move(first) : std::move(made);
}

std::string ExpressionParser::one_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (t_.skip_operator(name)) return name;
  }
  return {};
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr left = concat();
  for (std::string name = one_of({"+", "-"}); !name.empty(); name = one_of({"+", "-"})) {
    const uint32_t line = left->line;
    left = make_of(Expression::kArithmetic, line, name, std::move(left), concat());
  }
  return left;
}

ExpressionPtr ExpressionParser::concat() {
  ExpressionPtr first = product();
  if (!t_.is_operator("~")) return first;
  const uint32_t line = first->line;
  ExpressionPtr made = make_of(Expression::kConcat, line, {}, std::move(first));
  while (t_.skip_operator("~")) made->parts.push_back(product());
  return made;
}

ExpressionPtr ExpressionParser::product() {
  const auto name_of = [&] { return one_of({"*", "/", "//", "%"}); };
  ExpressionPtr left = unary(true);
  for (std::string name = name_of(); !name.empty(); name = name_of()) {
    const uint32_t line = left->line;
    left = make_of(Expression::kArithmetic, line, name, std::move(left), unary(true));
  }
  if (t_.is_operator("**")) t_.wrong();
  return left;
}

ExpressionPtr parse_expression(Tokens& tokens, bool tuple, bool condition) {
  ExpressionParser parser(tokens);
  return tuple ? parser.tuple() : condition ? parser.condition() : parser.any();
}

}  // namespace fovea::tools::chat
