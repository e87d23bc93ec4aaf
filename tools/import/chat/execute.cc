// Statements.

#include <fmt/format.h>

#include <utility>

#include "tools/import/chat/interpreter.h"

namespace fovea::tools::chat {
namespace {

// What a loop knows of itself.
Value loop_variable(const List& items, size_t i) {
  const auto index = static_cast<int64_t>(i), size = static_cast<int64_t>(items.size());
  Dict loop = {{"index", index + 1},
               {"index0", index},
               {"revindex", size - index},
               {"revindex0", size - index - 1},
               {"first", index == 0},
               {"last", index + 1 == size},
               {"length", size}};
  if (i > 0) loop.emplace_back("previtem", items[i - 1]);
  if (i + 1 < items.size()) loop.emplace_back("nextitem", items[i + 1]);
  return loop;
}

}  // namespace

Interpreter::Interpreter(const Dict& variables) {
  for (const char* name : {"raise_exception", "namespace", "range", "dict"}) {
    scopes_.set(name, Function{name});
  }
  for (const auto& [name, value] : variables) scopes_.set(name, value);
}

Rendering Interpreter::run(const Body& body) {
  execute(body);
  return {std::move(out_), asked_date_};
}

void Interpreter::write(const std::string& text, uint32_t line) {
  out_ = bounded(std::move(out_) + text, line);
}

Interpreter::Flow Interpreter::execute(const Body& body) {
  for (const auto& statement : body) {
    const Flow flow = execute(*statement);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Interpreter::Flow Interpreter::execute(const Statement& s) {
  step(s.line);
  switch (s.kind) {
    case Statement::kText:
      write(s.text, s.line);
      return Flow::kOn;
    case Statement::kPrint:
      write(evaluate(*s.expression).printed(s.line), s.line);
      return Flow::kOn;
    case Statement::kIf:
      return execute(evaluate(*s.expression).truth() ? s.body : s.otherwise);
    case Statement::kFor:
      return loop(s);
    case Statement::kSet:
      set(s);
      return Flow::kOn;
    case Statement::kMacro:
      scopes_.set(s.text, Function{s.text, &s});
      return Flow::kOn;
    case Statement::kGroup:
      write(captured(s.body), s.line);
      return Flow::kOn;
    case Statement::kBreak:
      return Flow::kBreak;
    case Statement::kContinue:
      return Flow::kContinue;
  }
  return Flow::kOn;
}

// What a body prints, in a scope of its own.
std::string Interpreter::captured(const Body& body) {
  std::string before = std::exchange(out_, {});
  scopes_.push();
  execute(body);
  scopes_.pop();
  return std::exchange(out_, std::move(before));
}

void Interpreter::assign(const Statement& s, Value value) {
  if (s.names.size() == 1) {
    scopes_.set(s.names[0], std::move(value));
    return;
  }
  const List items = items_of(value, s.line);
  if (items.size() != s.names.size()) {
    throw NotUnderstood(s.line,
                        fmt::format("{} values for {} names", items.size(), s.names.size()));
  }
  for (size_t i = 0; i < items.size(); ++i) scopes_.set(s.names[i], items[i]);
}

void Interpreter::set(const Statement& s) {
  if (s.attribute.empty()) {
    return assign(s, s.expression == nullptr ? Value(captured(s.body)) : evaluate(*s.expression));
  }
  const Value* found = scopes_.find(s.names[0]);
  Namespace* space = found == nullptr ? nullptr : found->space();
  if (space == nullptr) throw NotUnderstood(s.line, "an attribute of what is no namespace is set");
  const Value keeper = *found;
  Value value = evaluate(*s.expression);
  for (auto& [name, old] : space->values) {
    if (name == s.attribute) {
      old = std::move(value);
      return;
    }
  }
  space->values.emplace_back(s.attribute, std::move(value));
}

// The items that a loop goes over.
List Interpreter::chosen(const Statement& s) {
  List items = items_of(evaluate(*s.expression), s.line);
  if (s.condition == nullptr) return items;
  List kept;
  for (const Value& item : items) {
    scopes_.push();
    assign(s, item);
    if (evaluate(*s.condition).truth()) kept.push_back(item);
    scopes_.pop();
  }
  return kept;
}

Interpreter::Flow Interpreter::loop(const Statement& s) {
  const List items = chosen(s);
  for (size_t i = 0; i < items.size(); ++i) {
    step(s.line);
    scopes_.push();
    scopes_.set("loop", loop_variable(items, i));
    assign(s, items[i]);
    const Flow flow = execute(s.body);
    scopes_.pop();
    if (flow == Flow::kBreak) break;
  }
  if (!items.empty()) return Flow::kOn;
  scopes_.push();
  const Flow flow = execute(s.otherwise);
  scopes_.pop();
  return flow;
}

Rendering render(const Body& body, const Dict& variables) {
  return Interpreter(variables).run(body);
}

}  // namespace fovea::tools::chat
