// A chat template as a tree.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_SYNTAX_H_
#define FOVEA_TOOLS_IMPORT_CHAT_SYNTAX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/import/chat/value.h"

namespace fovea::tools::chat {

struct Expression {
  enum Kind {
    kConstant,
    kName,       // text
    kList,       // parts
    kDict,       // keys and values by turns
    kAttribute,  // parts[0].text
    kItem,       // parts[0][parts[1]]
    kSlice,      // parts[0][first:last:step], each of which may be null
    kCall,       // parts[0](others)
    kFilter,     // parts[0] | text(others)
    kTest,       // parts[0] is text(others)
    kNot,
    kNegative,
    kAnd,
    kOr,
    kCondition,   // parts[0] where parts[1], else parts[2], which may be null
    kCompare,     // parts, and between them the operators `names`
    kArithmetic,  // parts[0] text parts[1]
    kConcat,      // parts
  };
  Kind kind;
  uint32_t line;
  std::string text = {};
  Value value = {};
  std::vector<std::unique_ptr<Expression>> parts = {};
  std::vector<std::string> names = {};  // of comparisons; of the last arguments, which have names
};
using ExpressionPtr = std::unique_ptr<Expression>;

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

struct Statement {
  enum Kind {
    kText,
    kPrint,  // expression
    kIf,     // expression, body, otherwise
    kFor,    // names in expression, where `condition`; body, otherwise
    kSet,    // names, or names[0].attribute, to expression, or to what body prints
    kMacro,  // text(names), with `defaults` of the last of them; body
    kGroup,  // body, in a scope of its own
    kBreak,
    kContinue,
  };
  Kind kind;
  uint32_t line;
  std::string text = {};
  std::string attribute = {};
  std::vector<std::string> names = {};
  ExpressionPtr expression = {}, condition = {};
  std::vector<ExpressionPtr> defaults = {};
  Body body = {}, otherwise = {};
};

// Throws NotUnderstood for what is no template, or none that is interpreted here.
Body parse(const std::string& source);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_SYNTAX_H_
