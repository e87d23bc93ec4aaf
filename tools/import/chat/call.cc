// Functions and macros, called.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/common/printable.h"
#include "tools/import/chat/interpreter.h"

namespace fovea::tools::chat {
namespace {

constexpr size_t kLongestRange = 10'000;
constexpr int kDeepestCall = 50;  // macros

Value range(const Arguments& arguments) {
  arguments.expect(3);
  if (arguments.count() == 0) arguments.wrong("needs a whole number");
  const bool one = arguments.count() == 1;
  const int64_t begin = one ? 0 : arguments.integer(0, "start", 0);
  const int64_t end = arguments.integer(one ? 0 : 1, "stop", 0);
  const int64_t step = arguments.integer(2, "step", 1);
  if (step != 1 && step != -1) arguments.wrong("in steps");
  List list;
  for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    if (list.size() == kLongestRange) arguments.wrong("is too long");
    list.emplace_back(i);
  }
  return list;
}

}  // namespace

class Interpreter::Depth {
 public:
  Depth(Interpreter& interpreter, uint32_t line) : interpreter_(interpreter) {
    if (++interpreter_.depth_ > kDeepestCall)
      throw NotUnderstood(line, "macros that call each other");
  }
  ~Depth() { --interpreter_.depth_; }

 private:
  Interpreter& interpreter_;
};

Arguments Interpreter::arguments(const Expression& e, std::string what) {
  Arguments made(std::move(what), e.line);
  const size_t unnamed = e.parts.size() - e.names.size();
  for (size_t i = 1; i < e.parts.size(); ++i) {
    Value value = evaluate(*e.parts[i]);
    if (i < unnamed) {
      made.add(std::move(value));
    } else {
      made.add(e.names[i - unnamed], std::move(value));
    }
  }
  return made;
}

Value Interpreter::call(const Expression& e) {
  const Expression& callee = *e.parts[0];
  if (callee.kind == Expression::kAttribute) {
    const Value value = evaluate(*callee.parts[0]);
    if (value.is_undefined()) throw Refusal("something of what is undefined");
    if (value.space() == nullptr) {
      return method(callee.text, value, arguments(e, "the method " + printable(callee.text)));
    }
  }
  const Value function = evaluate(callee);
  if (callee.kind == Expression::kName && callee.text == "strftime_now") {
    throw NotUnderstood(e.line, "it asks for today's date, which a file does not know");
  }
  if (function.is_undefined()) {
    throw NotUnderstood(e.line, callee.kind == Expression::kName
                                    ? "the function " + printable(callee.text)
                                    : std::string("a function that there is not"));
  }
  if (function.function() == nullptr) {
    throw NotUnderstood(e.line, fmt::format("a call of {}", function.kind()));
  }
  const Function& f = *function.function();
  return call(f, arguments(e, "the function " + printable(f.name)));
}

Value Interpreter::call(const Function& function, const Arguments& arguments) {
  if (function.macro != nullptr) return call_macro(*function.macro, arguments);
  if (function.name == "raise_exception") {
    throw Refusal(arguments.values().empty() ? ""
                                             : arguments.values()[0].printed(arguments.line()));
  }
  if (function.name == "range") return range(arguments);
  if (!arguments.values().empty()) arguments.wrong("of values without names");
  if (function.name == "dict") return arguments.named();
  return std::make_shared<Namespace>(Namespace{arguments.named()});
}

Value Interpreter::call_macro(const Statement& macro, const Arguments& arguments) {
  const Depth depth(*this, arguments.line());
  const size_t count = macro.names.size(), required = count - macro.defaults.size();
  Scopes inner = scopes_.outermost();
  inner.push();
  if (arguments.values().size() > count) arguments.wrong("has too many arguments");
  for (const auto& [name, value] : arguments.named()) {
    if (std::find(macro.names.begin(), macro.names.end(), name) == macro.names.end()) {
      arguments.wrong(fmt::format("has an argument {}", printable(name)));
    }
  }
  std::swap(scopes_, inner);
  for (size_t i = 0; i < count; ++i) {
    const Value* given = arguments.find(i, macro.names[i].c_str());
    scopes_.set(macro.names[i], given != nullptr ? *given
                                : i < required   ? Value()
                                                 : evaluate(*macro.defaults[i - required]));
  }
  std::string text = captured(macro.body);
  std::swap(scopes_, inner);
  return text;
}

}  // namespace fovea::tools::chat
