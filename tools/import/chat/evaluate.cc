// Expressions.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tools/common/printable.h"
#include "tools/import/chat/interpreter.h"

namespace fovea::tools::chat {
namespace {

constexpr size_t kMostSteps = 100'000;
constexpr size_t kStepBytes = 256;  // of a text
constexpr size_t kMostBytes = size_t{1} << 20;
constexpr size_t kLongestRange = 10'000;
constexpr int kDeepest = 50;  // macros

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
    if (++interpreter_.depth_ > kDeepest) throw NotUnderstood(line, "macros that call each other");
  }
  ~Depth() { --interpreter_.depth_; }

 private:
  Interpreter& interpreter_;
};

void Interpreter::step(uint32_t line, size_t count) {
  steps_ += count;
  if (steps_ > kMostSteps) throw NotUnderstood(line, "the template does not come to an end");
}

std::string Interpreter::bounded(std::string text, uint32_t line) {
  step(line, text.size() / kStepBytes);
  if (text.size() > kMostBytes) throw NotUnderstood(line, "a text of more than a megabyte");
  return text;
}

// Long texts and lists take as much longer.
Value Interpreter::evaluate(const Expression& e) {
  Value value = value_of(e);
  if (value.is_text()) step(e.line, 1 + value.text().size() / kStepBytes);
  step(e.line, value.is_list() ? 1 + value.list().size() : 1);
  return value;
}

Value Interpreter::value_of(const Expression& e) {
  switch (e.kind) {
    case Expression::kConstant:
      return e.value;
    case Expression::kName:
      return variable(e);
    case Expression::kList: {
      List list;
      for (const ExpressionPtr& part : e.parts) list.push_back(evaluate(*part));
      return list;
    }
    case Expression::kDict:
      return dict(e);
    case Expression::kAttribute:
      return attribute(e);
    case Expression::kItem: {
      const Value value = evaluate(*e.parts[0]);
      return item_of(value, evaluate(*e.parts[1]), e.line);
    }
    case Expression::kSlice:
      return slice(e);
    case Expression::kCall:
      return call(e);
    case Expression::kFilter: {
      const Value value = evaluate(*e.parts[0]);
      return filter(e.text, value, arguments(e, "the filter " + printable(e.text)));
    }
    case Expression::kTest: {
      const Value value = evaluate(*e.parts[0]);
      return test(e.text, value, arguments(e, "the test " + printable(e.text)));
    }
    case Expression::kNot:
      return !evaluate(*e.parts[0]).truth();
    case Expression::kAnd: {
      const Value left = evaluate(*e.parts[0]);
      return left.truth() ? evaluate(*e.parts[1]) : left;
    }
    case Expression::kOr: {
      const Value left = evaluate(*e.parts[0]);
      return left.truth() ? left : evaluate(*e.parts[1]);
    }
    case Expression::kCondition:
      if (evaluate(*e.parts[1]).truth()) return evaluate(*e.parts[0]);
      return e.parts[2] == nullptr ? Value() : evaluate(*e.parts[2]);
    case Expression::kCompare:
      return compare(e);
    case Expression::kNegative: {
      const Value value = evaluate(*e.parts[0]);
      if (!value.is_integer()) throw NotUnderstood(e.line, "minus " + std::string(value.kind()));
      return -value.integer();
    }
    case Expression::kArithmetic:
      return arithmetic(e);
    case Expression::kConcat: {
      std::string text;
      for (const ExpressionPtr& part : e.parts) {
        text = bounded(text + evaluate(*part).printed(e.line), e.line);
      }
      return text;
    }
  }
  return {};
}

Value Interpreter::variable(const Expression& e) {
  const Value* found = scopes_.find(e.text);
  asked_date_ |= e.text == "strftime_now";
  return found == nullptr ? Value() : *found;
}

Value Interpreter::attribute(const Expression& e) {
  const Value value = evaluate(*e.parts[0]);
  if (value.is_undefined()) throw Refusal("something of what is undefined");
  if (const Value* found = value.member(e.text)) return *found;
  const bool plain = value.is_dict() || value.is_none() || value.space() != nullptr;
  if (plain || value.is_list()) return {};
  throw NotUnderstood(e.line, fmt::format("{} of {}", printable(e.text), value.kind()));
}

Value Interpreter::dict(const Expression& e) {
  Dict dict;
  for (size_t i = 0; i + 1 < e.parts.size(); i += 2) {
    const Value key = evaluate(*e.parts[i]);
    if (!key.is_text()) throw NotUnderstood(e.line, fmt::format("{} as a key", key.kind()));
    std::erase_if(dict, [&](const auto& item) { return item.first == key.text(); });
    dict.emplace_back(key.text(), evaluate(*e.parts[i + 1]));
  }
  return dict;
}

Value Interpreter::slice(const Expression& e) {
  const Value value = evaluate(*e.parts[0]);
  if (value.is_undefined()) throw Refusal("a part of what is undefined");
  if (!value.is_text() && !value.is_list()) {
    throw NotUnderstood(e.line, fmt::format("a part of {}", value.kind()));
  }
  const List items = items_of(value, e.line);
  const auto size = static_cast<int64_t>(items.size());
  const auto bound = [&](size_t part, int64_t otherwise) {
    const Value given = e.parts[part] == nullptr ? Value(None{}) : evaluate(*e.parts[part]);
    if (given.is_none()) return otherwise;
    if (!given.is_integer()) throw NotUnderstood(e.line, "an index that is no whole number");
    return given.integer();
  };
  const int64_t step = bound(3, 1);
  if (step != 1 && step != -1) throw NotUnderstood(e.line, "a part in steps");
  const auto within = [&](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + size : i, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  };
  List taken;
  if (step > 0) {
    const int64_t end = within(bound(2, size));
    for (int64_t i = within(bound(1, 0)); i < end; ++i) taken.push_back(items[size_t(i)]);
  } else {
    const bool whole = e.parts[2] == nullptr;
    const int64_t end = whole ? -1 : within(bound(2, 0));
    for (int64_t i = within(bound(1, size - 1)); i > end; --i) taken.push_back(items[size_t(i)]);
  }
  if (value.is_list()) return taken;
  std::string text;
  for (const Value& point : taken) text += point.text();
  return text;
}

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

Value Interpreter::sum(const Value& left, const Value& right, uint32_t line) {
  if (left.is_text() && right.is_text()) return bounded(left.text() + right.text(), line);
  if (left.is_list() && right.is_list()) {
    List list = left.list();
    list.insert(list.end(), right.list().begin(), right.list().end());
    return list;
  }
  if (left.is_integer() && right.is_integer()) return left.integer() + right.integer();
  throw NotUnderstood(line, fmt::format("{} + {}", left.kind(), right.kind()));
}

Value Interpreter::arithmetic(const Expression& e) {
  const Value left = evaluate(*e.parts[0]), right = evaluate(*e.parts[1]);
  if (left.is_undefined() || right.is_undefined()) throw Refusal("a sum of what is undefined");
  if (e.text == "+") return sum(left, right, e.line);
  const int64_t limit = int64_t{1} << 30;
  const bool whole = left.is_integer() && right.is_integer() && std::abs(left.integer()) < limit &&
                     std::abs(right.integer()) < limit;
  if (whole && e.text == "-") return left.integer() - right.integer();
  if (whole && e.text == "*") return left.integer() * right.integer();
  if (whole && right.integer() > 0 && left.integer() >= 0) {
    if (e.text == "%") return left.integer() % right.integer();
    if (e.text == "//") return left.integer() / right.integer();
  }
  throw NotUnderstood(e.line, fmt::format("{} {} {}", left.kind(), e.text, right.kind()));
}

bool Interpreter::compare(const Expression& e) {
  Value left = evaluate(*e.parts[0]);
  for (size_t i = 0; i < e.names.size(); ++i) {
    Value right = evaluate(*e.parts[i + 1]);
    if (!compare(e.names[i], left, right, e.line)) return false;
    left = std::move(right);
  }
  return true;
}

bool Interpreter::compare(const std::string& name, const Value& left, const Value& right,
                          uint32_t line) {
  if (name == "==") return equal(left, right);
  if (name == "!=") return !equal(left, right);
  if (name == "in") return contains(right, left, line);
  if (name == "not in") return !contains(right, left, line);
  if (left.is_undefined() || right.is_undefined()) throw Refusal("an order of what is undefined");
  const bool numbers =
      (left.is_integer() || left.is<double>()) && (right.is_integer() || right.is<double>());
  if (!numbers) throw NotUnderstood(line, fmt::format("{} {} {}", left.kind(), name, right.kind()));
  const double a = left.real(), b = right.real();
  if (name == "<") return a < b;
  if (name == "<=") return a <= b;
  if (name == ">") return a > b;
  return a >= b;
}

}  // namespace fovea::tools::chat
