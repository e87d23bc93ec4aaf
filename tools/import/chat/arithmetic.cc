// Sums, products and comparisons.

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "tools/import/chat/interpreter.h"

namespace fovea::tools::chat {

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
