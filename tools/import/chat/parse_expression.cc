// Expressions, by Jinja's precedences.

#include <fmt/format.h>

#include <initializer_list>

#include "tools/import/chat/tokens.h"

namespace fovea::tools::chat {
namespace {

constexpr int kDeepest = 100;

ExpressionPtr make(Expression::Kind kind, uint32_t line, std::string text = {}) {
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

  ExpressionPtr tuple() {
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

  ExpressionPtr condition() {
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

  ExpressionPtr any() {
    ExpressionPtr left = all();
    while (t_.is_word("or")) {
      const uint32_t line = t_.take().line;
      left = make_of(Expression::kOr, line, {}, std::move(left), all());
    }
    return left;
  }

 private:
  class Depth {
   public:
    explicit Depth(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDeepest) {
        throw NotUnderstood(parser_.t_.line(), "an expression in more than 100 others");
      }
    }
    ~Depth() { --parser_.depth_; }

   private:
    ExpressionParser& parser_;
  };

  ExpressionPtr all() {
    ExpressionPtr left = negation();
    while (t_.is_word("and")) {
      const uint32_t line = t_.take().line;
      left = make_of(Expression::kAnd, line, {}, std::move(left), negation());
    }
    return left;
  }

  ExpressionPtr negation() {
    if (!t_.is_word("not")) return comparison();
    const Depth depth(*this);
    const uint32_t line = t_.take().line;
    return make_of(Expression::kNot, line, {}, negation());
  }

  // The comparison that is next, or nothing.
  std::string comparing() {
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

  ExpressionPtr comparison() {
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

  // The operator that is next if it is one of these, or nothing.
  std::string one_of(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (t_.skip_operator(name)) return name;
    }
    return {};
  }

  ExpressionPtr sum() {
    ExpressionPtr left = concat();
    for (std::string name = one_of({"+", "-"}); !name.empty(); name = one_of({"+", "-"})) {
      const uint32_t line = left->line;
      left = make_of(Expression::kArithmetic, line, name, std::move(left), concat());
    }
    return left;
  }

  ExpressionPtr concat() {
    ExpressionPtr first = product();
    if (!t_.is_operator("~")) return first;
    const uint32_t line = first->line;
    ExpressionPtr made = make_of(Expression::kConcat, line, {}, std::move(first));
    while (t_.skip_operator("~")) made->parts.push_back(product());
    return made;
  }

  ExpressionPtr product() {
    const auto name_of = [&] { return one_of({"*", "/", "//", "%"}); };
    ExpressionPtr left = unary(true);
    for (std::string name = name_of(); !name.empty(); name = name_of()) {
      const uint32_t line = left->line;
      left = make_of(Expression::kArithmetic, line, name, std::move(left), unary(true));
    }
    if (t_.is_operator("**")) t_.wrong();
    return left;
  }

  ExpressionPtr unary(bool filters) {
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

  ExpressionPtr primary() {
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

  static ExpressionPtr constant(uint32_t line, Value value) {
    ExpressionPtr made = make(Expression::kConstant, line);
    made->value = std::move(value);
    return made;
  }

  ExpressionPtr name(const Token& token) {
    const std::string& n = token.text;
    if (n == "true" || n == "True") return constant(token.line, true);
    if (n == "false" || n == "False") return constant(token.line, false);
    if (n == "none" || n == "None") return constant(token.line, None{});
    for (const char* word : {"if", "else", "in", "is", "not", "and", "or", "for"}) {
      if (n == word) throw NotUnderstood(token.line, fmt::format("the word {} there", word));
    }
    return make(Expression::kName, token.line, n);
  }

  ExpressionPtr list(uint32_t line) {
    ExpressionPtr made = make(Expression::kList, line);
    while (!t_.skip_operator("]")) {
      made->parts.push_back(condition());
      if (!t_.is_operator("]")) t_.expect_operator(",");
    }
    return made;
  }

  ExpressionPtr dict(uint32_t line) {
    ExpressionPtr made = make(Expression::kDict, line);
    while (!t_.skip_operator("}")) {
      made->parts.push_back(condition());
      t_.expect_operator(":");
      made->parts.push_back(condition());
      if (!t_.is_operator("}")) t_.expect_operator(",");
    }
    return made;
  }

  ExpressionPtr postfix(ExpressionPtr inner) {
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

  ExpressionPtr subscript(ExpressionPtr inner, uint32_t line) {
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

  // Behind the parts that are there: those without names, then those with.
  void arguments(Expression& to) {
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

  ExpressionPtr filtered(ExpressionPtr inner) {
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

  ExpressionPtr test(ExpressionPtr inner, uint32_t line) {
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

  Tokens& t_;
  int depth_ = 0;
};

}  // namespace

ExpressionPtr parse_expression(Tokens& tokens, bool tuple, bool condition) {
  ExpressionParser parser(tokens);
  return tuple ? parser.tuple() : condition ? parser.condition() : parser.any();
}

}  // namespace fovea::tools::chat
