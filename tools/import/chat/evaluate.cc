// Expressions.

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/printable.h"
#include "tools/import/chat/interpreter.h"

namespace fovea::tools::chat {
namespace {

constexpr size_t kMostSteps = 100'000;
constexpr size_t kStepBytes = 256;  // of a text
constexpr size_t kMostBytes = size_t{1} << 20;

}  // namespace

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
    case Expression::kAnd:
    case Expression::kOr: {
      const Value left = evaluate(*e.parts[0]);
      return left.truth() == (e.kind == Expression::kAnd) ? evaluate(*e.parts[1]) : left;
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

}  // namespace fovea::tools::chat
