// Statements.

#include <fmt/format.h>

#include <initializer_list>

#include "tools/common/printable.h"
#include "tools/import/chat/tokens.h"

namespace fovea::tools::chat {
namespace {

constexpr int kDeepest = 50;

class StatementParser {
 public:
  explicit StatementParser(Tokens& tokens) : t_(tokens) {}

  Body whole() {
    Body all = body({});
    if (!t_.is(Token::kEnd)) t_.wrong();
    return all;
  }

 private:
  using Words = std::initializer_list<const char*>;

  bool at_block(Words words) const {
    if (!t_.is(Token::kBlock)) return false;
    for (const char* word : words) {
      if (t_.next().kind == Token::kName && t_.next().text == word) return true;
    }
    return false;
  }

  // Up to one of these words, which is not taken.
  Body body(Words ends) {
    if (++depth_ > kDeepest) throw NotUnderstood(t_.line(), "a block in more than 50 others");
    Body all;
    while (!t_.is(Token::kEnd) && !at_block(ends)) all.push_back(statement());
    --depth_;
    return all;
  }

  std::unique_ptr<Statement> statement() {
    const uint32_t line = t_.line();
    if (t_.is(Token::kText)) return make(Statement::kText, line, t_.take().text);
    if (t_.is(Token::kPrint)) {
      t_.take();
      auto made = make(Statement::kPrint, line);
      made->expression = parse_expression(t_, /*tuple=*/true);
      if (!t_.is(Token::kPrintEnd)) t_.wrong();
      t_.take();
      return made;
    }
    if (!t_.is(Token::kBlock)) t_.wrong();
    t_.take();
    return block(t_.expect(Token::kName), line);
  }

  static std::unique_ptr<Statement> make(Statement::Kind kind, uint32_t line,
                                         std::string text = {}) {
    return std::make_unique<Statement>(Statement{kind, line, std::move(text)});
  }

  std::unique_ptr<Statement> block(const std::string& word, uint32_t line) {
    if (word == "if") return condition(line);
    if (word == "for") return loop(line);
    if (word == "set") return assignment(line);
    if (word == "macro") return macro(line);
    if (word == "generation") return group(line);
    if (word == "break" || word == "continue") {
      if (loops_ == 0) throw NotUnderstood(line, fmt::format("{} outside a loop", word));
      end();
      return make(word == "break" ? Statement::kBreak : Statement::kContinue, line);
    }
    throw NotUnderstood(line, fmt::format("the statement {}", printable(word)));
  }

  void end() {
    if (!t_.is(Token::kBlockEnd)) t_.wrong();
    t_.take();
  }
  void end(const char* word) {
    if (!t_.is(Token::kBlock)) t_.wrong();
    t_.take();
    t_.expect_word(word);
  }

  // Behind the word `if` or `elif`.
  std::unique_ptr<Statement> condition(uint32_t line) {
    auto made = make(Statement::kIf, line);
    made->expression = parse_expression(t_, /*tuple=*/true);
    end();
    made->body = body({"elif", "else", "endif"});
    if (at_block({"elif"})) {
      t_.take();
      const uint32_t next = t_.take().line;
      if (++depth_ > kDeepest) throw NotUnderstood(next, "more than 50 elif");
      made->otherwise.push_back(condition(next));
      --depth_;
      return made;
    }
    if (at_block({"else"})) {
      end("else");
      end();
      made->otherwise = body({"endif"});
    }
    end("endif");
    end();
    return made;
  }

  void targets(Statement& to) {
    const bool bracket = t_.skip_operator("(");
    do {
      to.names.push_back(t_.expect(Token::kName));
    } while (t_.skip_operator(","));
    if (bracket) t_.expect_operator(")");
  }

  std::unique_ptr<Statement> loop(uint32_t line) {
    auto made = make(Statement::kFor, line);
    targets(*made);
    t_.expect_word("in");
    made->expression = parse_expression(t_, /*tuple=*/false, /*condition=*/false);
    if (t_.skip_word("if")) made->condition = parse_expression(t_);
    end();
    ++loops_;
    made->body = body({"else", "endfor"});
    --loops_;
    if (at_block({"else"})) {
      end("else");
      end();
      made->otherwise = body({"endfor"});
    }
    end("endfor");
    end();
    return made;
  }

  std::unique_ptr<Statement> assignment(uint32_t line) {
    auto made = make(Statement::kSet, line);
    targets(*made);
    if (made->names.size() == 1 && t_.skip_operator(".")) {
      made->attribute = t_.expect(Token::kName);
    }
    if (t_.skip_operator("=")) {
      made->expression = parse_expression(t_, /*tuple=*/true);
      end();
      return made;
    }
    if (made->names.size() != 1 || !made->attribute.empty()) t_.wrong();
    end();
    made->body = body({"endset"});
    end("endset");
    end();
    return made;
  }

  std::unique_ptr<Statement> macro(uint32_t line) {
    auto made = make(Statement::kMacro, line, t_.expect(Token::kName));
    t_.expect_operator("(");
    while (!t_.skip_operator(")")) {
      made->names.push_back(t_.expect(Token::kName));
      if (t_.skip_operator("=")) {
        made->defaults.push_back(parse_expression(t_));
      } else if (!made->defaults.empty()) {
        t_.wrong();
      }
      if (!t_.is_operator(")")) t_.expect_operator(",");
    }
    end();
    const int loops = loops_;
    loops_ = 0;
    made->body = body({"endmacro"});
    loops_ = loops;
    end("endmacro");
    end();
    return made;
  }

  std::unique_ptr<Statement> group(uint32_t line) {
    auto made = make(Statement::kGroup, line);
    end();
    const int loops = loops_;
    loops_ = 0;
    made->body = body({"endgeneration"});
    loops_ = loops;
    end("endgeneration");
    end();
    return made;
  }

  Tokens& t_;
  int depth_ = 0, loops_ = 0;
};

}  // namespace

Body parse(const std::string& source) {
  Tokens tokens(tokens_of(source));
  return StatementParser(tokens).whole();
}

}  // namespace fovea::tools::chat
