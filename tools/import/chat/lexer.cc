#include "tools/import/chat/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "tools/common/ascii.h"
#include "tools/common/printable.h"
#include "tools/import/chat/value.h"

namespace fovea::tools::chat {
namespace {

constexpr const char* kSpace = " \t\n\r\f\v";

std::string with_line_feeds(const std::string& source) {
  std::string result;
  for (size_t i = 0; i < source.size(); ++i) {
    const bool pair = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if (!pair) result += source[i] == '\r' ? '\n' : source[i];
  }
  if (result.ends_with('\n')) result.pop_back();
  return result;
}

bool begins_name(char c) {
  return is_ascii_letter(static_cast<unsigned char>(c)) || c == '_';
}
bool is_name(char c) {
  return begins_name(c) || is_ascii_digit(c);
}

class Lexer {
 public:
  explicit Lexer(const std::string& source) : s_(with_line_feeds(source)) {}

  std::vector<Token> run() {
    while (at_ < s_.size()) text();
    add(Token::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw NotUnderstood(line_, what); }

  void add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }

  // Goes on to `to`; lines count.
  std::string take(size_t to) {
    std::string taken = s_.substr(at_, to - at_);
    line_ += static_cast<uint32_t>(std::count(taken.begin(), taken.end(), '\n'));
    at_ = to;
    return taken;
  }

  char sign(size_t at) const { return at < s_.size() ? s_[at] : '\0'; }
  bool follows(std::string_view word) const {
    return std::string_view(s_).substr(at_).starts_with(word);
  }

  static size_t first_tag(const std::string& s, size_t at) {
    for (; at + 1 < s.size(); ++at) {
      if (s[at] == '{' && (s[at + 1] == '{' || s[at + 1] == '%' || s[at + 1] == '#')) return at;
    }
    return s.size();
  }

  // Up to the next tag, then the tag.
  void text() {
    const size_t tag = first_tag(s_, at_);
    const bool line_begins = line_begins_;
    std::string before = take(tag);
    if (tag < s_.size()) before = cut(before, line_begins);
    if (!before.empty()) add(Token::kText, before);
    if (tag == s_.size()) return;
    const char kind = s_[tag + 1];
    take(tag + (sign(tag + 2) == '-' || sign(tag + 2) == '+' ? 3 : 2));
    if (kind == '#') {
      comment();
    } else if (!raw(kind)) {
      expression(kind);
    }
  }

  // What the tag after a text leaves of it.
  std::string cut(std::string before, bool line_begins) const {
    const char how = sign(at_ + 2);
    if (how == '-') {
      const size_t last = before.find_last_not_of(kSpace);
      return before.substr(0, last == std::string::npos ? 0 : last + 1);
    }
    if (how == '+' || s_[at_ + 1] == '{') return before;
    const size_t feed = before.rfind('\n');
    const size_t line = feed == std::string::npos ? 0 : feed + 1;
    const bool first = feed == std::string::npos;
    if (first && !line_begins) return before;
    const bool white = before.find_first_not_of(kSpace, line) == std::string::npos;
    return white ? before.substr(0, line) : before;
  }

  // Behind a tag, whose end `end` lies at the present place, after '-' or '+' if there is one.
  void close(std::string_view end) {
    const char how = s_[at_] == end[0] ? '\0' : s_[at_];
    take(at_ + end.size() + (how == '\0' ? 0 : 1));
    const size_t begin = at_;
    if (how == '-') {
      take(std::min(s_.find_first_not_of(kSpace, at_), s_.size()));
    } else if (how == '\0' && end != "}}" && sign(at_) == '\n') {
      take(at_ + 1);
    }
    line_begins_ = at_ > begin && s_[at_ - 1] == '\n';
  }

  bool at_end(std::string_view end) const {
    if (follows(end)) return true;
    const char how = sign(at_);
    return (how == '-' || (how == '+' && end != "}}")) &&
           std::string_view(s_).substr(at_ + 1).starts_with(end);
  }

  void comment() {
    const size_t end = s_.find("#}", at_);
    if (end == std::string::npos) fail("a comment has no end");
    const bool signed_end = end > at_ && (s_[end - 1] == '-' || s_[end - 1] == '+');
    take(signed_end ? end - 1 : end);
    close("#}");
  }

  // {% raw %}: nothing in there is a tag.
  bool raw(char kind) const {
    if (kind != '%') return false;
    const size_t word = s_.find_first_not_of(kSpace, at_);
    if (word == std::string::npos || !std::string_view(s_).substr(word).starts_with("raw")) {
      return false;
    }
    if (is_name(sign(word + 3))) return false;
    fail("{% raw %}");
  }

  void expression(char kind) {
    const bool block = kind == '%';
    const std::string_view end = block ? "%}" : "}}";
    add(block ? Token::kBlock : Token::kPrint, "");
    int depth = 0;
    while (true) {
      take(std::min(s_.find_first_not_of(kSpace, at_), s_.size()));
      if (at_ >= s_.size()) fail("a tag has no end");
      if (depth == 0 && at_end(end)) break;
      const std::string one = token();
      if (one == "{" || one == "(" || one == "[") ++depth;
      if (one == "}" || one == ")" || one == "]") --depth;
    }
    add(block ? Token::kBlockEnd : Token::kPrintEnd, "");
    close(end);
  }

  // The operator that was read, or nothing.
  std::string token() {
    const char c = s_[at_];
    if (begins_name(c)) {
      size_t end = at_;
      while (end < s_.size() && is_name(s_[end])) ++end;
      add(Token::kName, take(end));
      return {};
    }
    if (is_ascii_digit(c)) return number();
    if (c == '\'' || c == '"') return quoted(c);
    for (const std::string_view two : {"==", "!=", "<=", ">=", "//", "**"}) {
      if (follows(two)) return operation(2);
    }
    if (std::string_view("+-*/%~()[]{}<>=.,:|").find(c) == std::string_view::npos) {
      fail(fmt::format("the character {}", printable(points_of(s_.substr(at_, 4))[0])));
    }
    return operation(1);
  }

  std::string operation(size_t size) {
    const std::string text = take(at_ + size);
    add(Token::kOperator, text);
    return text;
  }

  std::string number() {
    size_t end = at_;
    while (is_ascii_digit(sign(end))) ++end;
    const bool real = sign(end) == '.' && is_ascii_digit(sign(end + 1));
    if (real) {
      ++end;
      while (is_ascii_digit(sign(end))) ++end;
    }
    if (is_name(sign(end)) || end - at_ > 15) fail("a number");
    add(real ? Token::kReal : Token::kInteger, take(end));
    return {};
  }

  std::string quoted(char quote) {
    const uint32_t line = line_;
    std::string value;
    size_t i = at_ + 1;
    for (; i < s_.size() && s_[i] != quote; ++i) {
      if (s_[i] == '\\') {
        escape(&i, &value);
      } else {
        value += s_[i];
      }
    }
    if (i >= s_.size()) fail("a string has no end");
    take(i + 1);
    tokens_.push_back({Token::kString, value, line});
    return {};
  }

  // `i` is at a backslash, and then at the last character that belongs to it.
  void escape(size_t* i, std::string* value) const {
    static constexpr std::string_view kNames = "ntr\\'\"fvab", kValues = "\n\t\r\\'\"\f\v\a\b";
    const char c = sign(++*i);
    const size_t known = kNames.find(c);
    if (c != '\0' && known != std::string_view::npos) {
      *value += kValues[known];
    } else if (c == 'x' || c == 'u') {
      const size_t digits = c == 'x' ? 2 : 4;
      uint32_t point = 0;
      for (size_t k = 0; k < digits; ++k) {
        const char digit = sign(++*i);
        if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) fail("an escape in a string");
        point = point * 16 + static_cast<uint32_t>(
                                 is_ascii_digit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
      }
      if (point >= 0xD800 && point < 0xE000) fail("half a character in a string");
      add_point(point, value);
    } else if (is_ascii_digit(c) || c == 'N' || c == 'U' || c == '\n' || c == '\0') {
      fail("an escape in a string");
    } else {  // Python keeps the backslash
      *value += '\\';
      *value += c;
    }
  }

  static void add_point(uint32_t point, std::string* value) {
    const auto byte = [&](uint32_t b) { *value += static_cast<char>(b); };
    if (point < 0x80) {
      byte(point);
    } else if (point < 0x800) {
      byte(0xC0 | point >> 6);
      byte(0x80 | (point & 0x3F));
    } else {
      byte(0xE0 | point >> 12);
      byte(0x80 | (point >> 6 & 0x3F));
      byte(0x80 | (point & 0x3F));
    }
  }

  std::string s_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  bool line_begins_ = true;  // a line feed went before this text, or nothing did
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(const std::string& source) {
  return Lexer(source).run();
}

}  // namespace fovea::tools::chat
