// Runs a template's tree.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_INTERPRETER_H_
#define FOVEA_TOOLS_IMPORT_CHAT_INTERPRETER_H_

#include <string>

#include "tools/import/chat/functions.h"
#include "tools/import/chat/render.h"
#include "tools/import/chat/scope.h"

namespace fovea::tools::chat {

class Interpreter {
 public:
  explicit Interpreter(const Dict& variables);

  Rendering run(const Body& body);

 private:
  enum class Flow { kOn, kBreak, kContinue };
  class Depth;

  Flow execute(const Body& body);
  Flow execute(const Statement& statement);
  Flow loop(const Statement& statement);
  void set(const Statement& statement);
  void assign(const Statement& statement, Value value);
  List chosen(const Statement& statement);
  std::string captured(const Body& body);
  void write(const std::string& text, uint32_t line);

  Value evaluate(const Expression& e);
  Value value_of(const Expression& e);
  Value variable(const Expression& e);
  Value attribute(const Expression& e);
  Value dict(const Expression& e);
  Value slice(const Expression& e);
  Value call(const Expression& e);
  Value call(const Function& function, const Arguments& arguments);
  Value call_macro(const Statement& macro, const Arguments& arguments);
  Value arithmetic(const Expression& e);
  Value sum(const Value& left, const Value& right, uint32_t line);
  bool compare(const Expression& e);
  bool compare(const std::string& name, const Value& left, const Value& right, uint32_t line);
  Arguments arguments(const Expression& e, std::string what);
  void step(uint32_t line, size_t count = 1);
  std::string bounded(std::string text, uint32_t line);

  Scopes scopes_;
  std::string out_;
  size_t steps_ = 0;
  int depth_ = 0;
  bool asked_date_ = false;
};

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_INTERPRETER_H_
