#include "tools/import/chat/tokens.h"

#include <fmt/format.h>

#include "tools/common/printable.h"

namespace fovea::tools::chat {

void Tokens::wrong() const {
  const char* where = is(Token::kBlockEnd) || is(Token::kPrintEnd) ? "the end of a tag"
                      : is(Token::kText) || is(Token::kEnd)        ? "the end"
                                                                   : nullptr;
  throw NotUnderstood(line(), where != nullptr ? fmt::format("{} there", where)
                                               : fmt::format("'{}' there", printable(now().text)));
}

void Tokens::expect_operator(std::string_view text) {
  if (!skip_operator(text)) wrong();
}

void Tokens::expect_word(std::string_view text) {
  if (!skip_word(text)) wrong();
}

std::string Tokens::expect(Token::Kind kind) {
  if (!is(kind)) wrong();
  return take().text;
}

}  // namespace fovea::tools::chat
