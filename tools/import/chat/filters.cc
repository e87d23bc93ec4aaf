// Filters.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/import/chat/functions.h"
#include "tools/import/chat/texts.h"

namespace fovea::tools::chat {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value, const Arguments& arguments) {
  if (value.is_none()) return nullptr;
  if (value.is_text()) return value.text();
  if (value.is<bool>()) return value.truth();
  if (value.is<int64_t>()) return value.integer();
  if (value.is_list()) {
    Json list = Json::array();
    for (const Value& item : value.list()) list.push_back(json_of(item, arguments));
    return list;
  }
  if (!value.is_dict()) arguments.wrong(fmt::format("of {}", value.kind()));
  Json object = Json::object();
  for (const auto& [key, item] : value.dict()) object[key] = json_of(item, arguments);
  return object;
}

// As Python's json.dumps writes it, with a space behind commas and colons.
std::string dump(const Json& json) {
  if (!json.is_structured()) return json.dump();
  std::string result;
  for (const auto& [key, item] : json.items()) {
    if (!result.empty()) result += ", ";
    if (json.is_object()) result += Json(key).dump() + ": ";
    result += dump(item);
  }
  return json.is_object() ? "{" + result + "}" : "[" + result + "]";
}

Value text_filter(const std::string& name, const Value& value, const Arguments& arguments) {
  const std::string text = value.printed(arguments.line());
  if (name == "trim") {
    arguments.expect(1, {"chars"});
    if (arguments.count() == 0) return strip(text, true, true);
    const std::string characters = arguments.text(0, "chars");
    return strip(text, true, true, &characters);
  }
  if (name == "replace") {
    arguments.expect(2);
    return replaced(text, arguments.text(0, "old"), arguments.text(1, "new"), -1, arguments);
  }
  arguments.expect(0);
  if (name == "upper" || name == "lower") return cased(text, arguments, name == "upper");
  if (name == "capitalize") return capitalized(text, arguments);
  return text;
}

std::string join(const Value& value, const Arguments& arguments) {
  arguments.expect(1, {"d"});
  const std::string between = arguments.count() == 0 ? "" : arguments.text(0, "d");
  std::string result;
  bool first = true;
  for (const Value& item : items_of(value, arguments.line())) {
    if (!first) result += between;
    first = false;
    result += item.printed(arguments.line());
  }
  return result;
}

// Those items that have, or lack, a property.
List selected(const std::string& name, const Value& value, const Arguments& arguments) {
  const bool by_attribute = name.ends_with("attr"), wanted = name.starts_with("select");
  const size_t place = by_attribute ? 1 : 0;
  Arguments inner("the test", arguments.line());
  for (size_t i = place + 1; i < arguments.values().size(); ++i) inner.add(arguments.values()[i]);
  List kept;
  for (const Value& item : items_of(value, arguments.line())) {
    const Value looked =
        by_attribute ? item_of(item, arguments.text(0, "attribute"), arguments.line()) : item;
    const bool holds = arguments.values().size() > place
                           ? test(arguments.text(place, "test"), looked, inner)
                           : looked.truth();
    if (holds == wanted) kept.push_back(item);
  }
  return kept;
}

Value mapped(const Value& value, const Arguments& arguments) {
  List all;
  const bool by_attribute = arguments.values().empty();
  arguments.expect(1, {"attribute"});
  for (const Value& item : items_of(value, arguments.line())) {
    all.push_back(by_attribute ? item_of(item, arguments.text(0, "attribute"), arguments.line())
                               : filter(arguments.text(0, "filter"), item,
                                        Arguments("the filter in map", arguments.line())));
  }
  return all;
}

Value otherwise(const Value& value, const Arguments& arguments) {
  arguments.expect(2, {"default_value", "boolean"});
  const Value* other = arguments.find(0, "default_value");
  const Value* boolean = arguments.find(1, "boolean");
  const bool falsy = boolean != nullptr && boolean->truth() && !value.truth();
  if (!value.is_undefined() && !falsy) return value;
  return other == nullptr ? Value("") : *other;
}

Value list_filter(const std::string& name, const Value& value, const Arguments& arguments) {
  arguments.expect(0);
  List items = items_of(value, arguments.line());
  if (name == "length" || name == "count") return static_cast<int64_t>(items.size());
  if (name == "first") return items.empty() ? Value() : items.front();
  if (name == "last") return items.empty() ? Value() : items.back();
  if (name == "reverse") std::reverse(items.begin(), items.end());
  return items;
}

}  // namespace

Value filter(const std::string& name, const Value& value, const Arguments& arguments) {
  for (const char* known : {"trim", "upper", "lower", "capitalize", "replace", "string", "safe"}) {
    if (name == known) return text_filter(name, value, arguments);
  }
  for (const char* known : {"length", "count", "first", "last", "list", "reverse"}) {
    const bool texts = value.is_text() && (name == "reverse" || name == "list");
    if (name == known && !texts) return list_filter(name, value, arguments);
  }
  for (const char* known : {"select", "reject", "selectattr", "rejectattr"}) {
    if (name == known) return selected(name, value, arguments);
  }
  if (name == "tojson") {
    arguments.expect(0);
    return dump(json_of(value, arguments));
  }
  if (name == "default" || name == "d") return otherwise(value, arguments);
  if (name == "join") return join(value, arguments);
  if (name == "map") return mapped(value, arguments);
  if (name == "items" && value.is_dict()) return method(name, value, arguments);
  arguments.wrong("is not known");
}

}  // namespace fovea::tools::chat
