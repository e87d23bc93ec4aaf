#include "tools/firmware/local_names.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace fovea::tools {
namespace {

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_name(std::string_view token) {
  return in_word(token[0]) && std::isdigit(static_cast<unsigned char>(token[0])) == 0;
}

// Where the comment, literal, number, word or single character at `at` ends.
size_t token_end(std::string_view text, size_t at) {
  const auto past = [&](std::string_view mark, size_t from) {
    const size_t found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
  };
  if (text.substr(at, 2) == "//")
    return text.find('\n', at) == text.npos ? text.size() : text.find('\n', at);
  if (text.substr(at, 2) == "/*") return past("*/", at + 2);
  if (text.substr(at, 3) == "R\"(") return past(")\"", at + 3);
  if (text[at] == '"' || text[at] == '\'') {
    size_t end = at + 1;
    while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
    return end + 1;
  }
  const bool number = std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  size_t end = at + 1;
  if (!in_word(text[at])) return end;
  while (end < text.size() &&
         (in_word(text[end]) || (number && (text[end] == '.' || text[end] == '\''))))
    ++end;
  return end;
}

// The end of a preprocessor's line, with the lines that continue it.
size_t directive_end(std::string_view text, size_t at) {
  size_t end = text.find('\n', at);
  while (end != text.npos && text[end - 1] == '\\') end = text.find('\n', end + 1);
  return end == text.npos ? text.size() : end;
}

bool is_comment(std::string_view token) {
  return token.substr(0, 2) == "//" || token.substr(0, 2) == "/*";
}

std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (size_t at = 0; at < text.size();) {
    const bool directive = text[at] == '#';
    const size_t end = directive ? directive_end(text, at) : token_end(text, at);
    const std::string_view token = text.substr(at, end - at);
    at = end;
    if (!directive && !is_comment(token) && token[0] > ' ') tokens.push_back(token);
  }
  return tokens;
}

// Where a declaration stands.
enum class Scope { kNamed, kUnnamed, kClass, kEnum };

class Declarations {
 public:
  explicit Declarations(std::string_view source) : tokens_(tokens_of(source)) {}

  std::set<std::string_view> read() {
    while (at_ < tokens_.size()) {
      if (token() == "}") {
        if (!scopes_.empty()) scopes_.pop_back();
        ++at_;
      } else if (!opens_namespace()) {
        declaration();
      }
    }
    for (const std::string_view member : members_) names_.erase(member);
    return std::move(names_);
  }

 private:
  std::string_view token(size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : std::string_view(";");
  }

  bool is_inside(Scope scope) const {
    return std::find(scopes_.begin(), scopes_.end(), scope) != scopes_.end();
  }

  void declare(std::string_view name) {
    if (name.empty()) return;
    (is_inside(Scope::kClass) ? members_ : names_).insert(name);
  }

  // namespace fovea {, namespace {, extern "C" {
  bool opens_namespace() {
    size_t open = 1;
    if (token() == "extern" && token(1)[0] == '"') {
      open = 2;
    } else if (token() == "namespace") {
      while (is_name(token(open)) || token(open) == ":") ++open;
    }
    if (token(open) != "{" || (token() != "extern" && token() != "namespace")) return false;
    scopes_.push_back(token() == "namespace" && open == 1 ? Scope::kUnnamed : Scope::kNamed);
    at_ += open + 1;
    return true;
  }

  void skip_balanced(std::string_view open, std::string_view close) {
    int depth = 0;
    do {
      depth += token() == open ? 1 : token() == close ? -1 : 0;
      ++at_;
    } while (depth > 0 && at_ < tokens_.size());
  }

  // From its first token to what ends it: a semicolon, the body of a function, or the brace that
  // begins the members of a type.
  void declaration() {
    const bool is_local = is_inside(Scope::kUnnamed) || token() == "static";
    while (token() == "template") {
      ++at_;
      skip_balanced("<", ">");
    }
    if (is_local && opens_type()) return;
    const std::string_view name = declared_name();
    if (is_local) declare(name);
    while (at_ < tokens_.size() && token() != ";" && token() != "}") {
      if (token() != "{") {
        ++at_;
        continue;
      }
      skip_balanced("{", "}");
      if (token() != ";") return;
    }
    if (token() == ";") ++at_;
  }

  // struct NAME {, class NAME : public BASE {, enum class NAME : TYPE {; enumerators are names as
  // well.
  bool opens_type() {
    const bool is_enum = token() == "enum";
    if (!is_enum && token() != "struct" && token() != "class" && token() != "union") return false;
    size_t open = 1;
    while (is_name(token(open)) || token(open) == ":" || token(open) == "<" || token(open) == ">") {
      ++open;
    }
    if (token(open) != "{") return false;
    const bool scoped = is_enum && token(1) == "class";
    const std::string_view name = token(scoped ? 2 : 1);
    const bool special = token(2) == "<";
    if (is_name(name) && !special) declare(name);
    at_ += open;
    if (!is_enum) {
      scopes_.push_back(Scope::kClass);
      ++at_;
      return true;
    }
    for (; token() != "}" && at_ < tokens_.size(); ++at_) {
      if (!scoped && (token() == "{" || token() == ",") && is_name(token(1))) declare(token(1));
    }
    at_ += token(1) == ";" ? 2 : 1;
    return true;
  }

  // Before a parameter list, an extent, an initialiser or the end. Empty where it declares nothing
  // that is new: a specialisation, a member's definition, an operator.
  std::string_view declared_name() {
    if (token() == "using") return token(2) == "=" ? token(1) : std::string_view();
    for (std::string_view before = ";"; at_ < tokens_.size();) {
      const std::string_view next = token(1);
      if (token() == "__attribute__" || token() == "alignas" || token() == "static_assert") {
        ++at_;
        skip_balanced("(", ")");
        continue;
      }
      if (token() == "operator" || token().find_first_of(";{}") == 0) return {};
      if (is_name(token()) && next.find_first_of("([={;") == 0) {
        return before == ":" ? std::string_view() : tokens_[at_++];
      }
      before = token();
      ++at_;
      if (next == "<" && is_name(before)) skip_balanced("<", ">");
    }
    return {};
  }

  std::vector<std::string_view> tokens_;
  size_t at_ = 0;
  std::vector<Scope> scopes_;
  std::set<std::string_view> names_, members_;
};

// Whether a name refers to something of the file, given what stands before it.
bool is_free(const std::set<std::string_view>& names, const std::string_view before[3]) {
  const bool member = before[0] == "." || (before[0] == ">" && before[1] == "-");
  const bool qualified = before[0] == ":" && before[1] == ":";
  return !member && before[0] != "#" &&
         (!qualified || before[2] == "fovea" || names.count(before[2]) != 0);
}

}  // namespace

std::set<std::string_view> local_names(std::string_view source) {
  return Declarations(source).read();
}

std::string renamed(std::string_view source, const std::set<std::string_view>& names,
                    std::string_view end) {
  std::string result;
  std::string_view before[3] = {";", ";", ";"};
  for (size_t at = 0; at < source.size();) {
    const bool include = source.substr(at, 8) == "#include";
    const size_t stop = include ? directive_end(source, at) : token_end(source, at);
    const std::string_view token = source.substr(at, stop - at);
    at = stop;
    result += token;
    if (is_comment(token) || token[0] <= ' ') continue;
    if (names.count(token) != 0 && is_free(names, before)) result += end;
    before[2] = before[1];
    before[1] = before[0];
    before[0] = token;
  }
  return result;
}

}  // namespace fovea::tools
