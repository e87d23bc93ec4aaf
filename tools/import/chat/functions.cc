#include "tools/import/chat/functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/printable.h"

namespace fovea::tools::chat {

const Value* Arguments::find(size_t place, const char* name) const {
  if (place < values_.size()) return &values_[place];
  for (const auto& [key, value] : named_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string Arguments::text(size_t place, const char* name) const {
  const Value* value = find(place, name);
  if (value == nullptr || !value->is_text()) wrong(fmt::format("needs a string '{}'", name));
  return value->text();
}

int64_t Arguments::integer(size_t place, const char* name, int64_t otherwise) const {
  const Value* value = find(place, name);
  if (value == nullptr) return otherwise;
  if (!value->is_integer()) wrong(fmt::format("needs a whole number '{}'", name));
  return value->integer();
}

void Arguments::expect(size_t most, std::initializer_list<const char*> names) const {
  if (values_.size() > most) wrong("has too many arguments");
  for (const auto& [key, value] : named_) {
    const std::string& k = key;
    if (std::none_of(names.begin(), names.end(), [&](const char* name) { return k == name; })) {
      wrong(fmt::format("has an argument {}", printable(key)));
    }
  }
}

void Arguments::wrong(const std::string& why) const {
  throw NotUnderstood(line_, fmt::format("{} {}", what_, why));
}

bool contains(const Value& all, const Value& one, uint32_t line) {
  if (all.is_text()) {
    if (!one.is_text()) throw NotUnderstood(line, fmt::format("{} in a string", one.kind()));
    return all.text().find(one.text()) != std::string::npos;
  }
  if (all.is_dict()) return one.is_text() && all.member(one.text()) != nullptr;
  const List items = items_of(all, line);
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return equal(item, one); });
}

List items_of(const Value& value, uint32_t line) {
  if (value.is_undefined()) return {};
  if (value.is_list()) return value.list();
  List items;
  if (value.is_dict()) {
    for (const auto& [key, item] : value.dict()) items.emplace_back(key);
  } else if (value.is_text()) {
    for (const std::string& point : points_of(value.text())) items.emplace_back(point);
  } else {
    throw NotUnderstood(line, fmt::format("the items of {}", value.kind()));
  }
  return items;
}

Value item_of(const Value& value, const Value& key, uint32_t line) {
  if (value.is_undefined()) throw Refusal("something of what is undefined");
  if (key.is_text()) {
    if (value.is_text()) throw NotUnderstood(line, "a member of a string");
    const Value* found = value.member(key.text());
    return found == nullptr ? Value() : *found;
  }
  if (!key.is_integer()) throw NotUnderstood(line, fmt::format("{} as an index", key.kind()));
  if (!value.is_list() && !value.is_text()) {
    if (value.is_dict() || value.is_none()) return {};
    throw NotUnderstood(line, fmt::format("an item of {}", value.kind()));
  }
  const List items = items_of(value, line);
  const auto size = static_cast<int64_t>(items.size());
  const int64_t index = key.integer() < 0 ? key.integer() + size : key.integer();
  return index < 0 || index >= size ? Value() : items[static_cast<size_t>(index)];
}

namespace {

bool is_number(const Value& value) {
  return (value.is_integer() && !value.is<bool>()) || value.is<double>();
}

// By a value that it is compared with.
bool test_against(const std::string& name, const Value& value, const Arguments& arguments) {
  const Value* other = arguments.find(0, "other");
  if (other == nullptr) arguments.wrong("needs an argument");
  if (name == "in") return contains(*other, value, arguments.line());
  if (name == "divisibleby") {
    if (!value.is_integer() || !other->is_integer() || other->integer() == 0) {
      arguments.wrong("needs whole numbers");
    }
    return value.integer() % other->integer() == 0;
  }
  return equal(value, *other) == (name != "ne" && name != "!=");
}

bool is_parity(const Value& value, int64_t rest, const Arguments& arguments) {
  if (!value.is_integer()) arguments.wrong("needs a whole number");
  return (value.integer() % 2 != 0) == (rest != 0);
}

}  // namespace

bool test(const std::string& name, const Value& value, const Arguments& arguments) {
  for (const char* known : {"eq", "equalto", "==", "ne", "!=", "in", "divisibleby"}) {
    if (name == known) return test_against(name, value, arguments);
  }
  arguments.expect(0);
  if (name == "defined") return !value.is_undefined();
  if (name == "undefined") return value.is_undefined();
  if (name == "none") return value.is_none();
  if (name == "string") return value.is_text();
  if (name == "mapping") return value.is_dict();
  if (name == "iterable" || name == "sequence") {
    return value.is_text() || value.is_list() || value.is_dict() || value.is_undefined();
  }
  if (name == "boolean") return value.is<bool>();
  if (name == "true") return value.is<bool>() && value.truth();
  if (name == "false") return value.is<bool>() && !value.truth();
  if (name == "integer") return value.is<int64_t>();
  if (name == "float") return value.is<double>();
  if (name == "number") return is_number(value) || value.is<bool>();
  if (name == "callable") return value.function() != nullptr;
  if (name == "odd") return is_parity(value, 1, arguments);
  if (name == "even") return is_parity(value, 0, arguments);
  arguments.wrong("is not known");
}

}  // namespace fovea::tools::chat
