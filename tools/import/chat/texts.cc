// Methods and filters of texts and mappings.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/import/chat/functions.h"

namespace fovea::tools::chat {
namespace {

using Json = nlohmann::ordered_json;

std::string cased(const std::string& text, const Arguments& arguments, bool upper) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) arguments.wrong("changes the case of what is no ASCII");
    result += static_cast<char>(upper ? std::toupper(byte) : std::tolower(byte));
  }
  return result;
}

std::string capitalized(const std::string& text, const Arguments& arguments) {
  std::string result = cased(text, arguments, false);
  if (!result.empty()) result[0] = static_cast<char>(std::toupper(result[0]));
  return result;
}

std::string titled(const std::string& text, const Arguments& arguments) {
  std::string result = cased(text, arguments, false);
  bool word = false;
  for (char& c : result) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (letter && !word) c = static_cast<char>(std::toupper(c));
    word = letter;
  }
  return result;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to,
                     int64_t most, const Arguments& arguments) {
  if (from.empty()) arguments.wrong("of nothing");
  std::string result;
  size_t begin = 0;
  for (int64_t i = 0; most < 0 || i < most; ++i) {
    const size_t found = text.find(from, begin);
    if (found == std::string::npos) break;
    result += text.substr(begin, found - begin) + to;
    begin = found + from.size();
  }
  return result + text.substr(begin);
}

// By a separator; without one, by white space, as Python has it.
List split(const std::string& text, const Arguments& arguments) {
  arguments.expect(2, {"sep", "maxsplit"});
  const int64_t given = arguments.integer(1, "maxsplit", -1);
  const int64_t most = given < 0 ? std::numeric_limits<int64_t>::max() : given;
  const Value* separator = arguments.find(0, "sep");
  List parts;
  if (separator == nullptr || separator->is_none()) {
    if (given >= 0) arguments.wrong("by white space so many times");
    std::string word;
    for (const std::string& point : points_of(text + " ")) {
      const bool space = strip(point, true, true).empty();
      if (!space) word += point;
      if (!space || word.empty()) continue;
      parts.emplace_back(word);
      word.clear();
    }
    return parts;
  }
  const std::string by = arguments.text(0, "sep");
  if (by.empty()) arguments.wrong("by nothing");
  size_t begin = 0;
  for (int64_t i = 0; i < most; ++i) {
    const size_t found = text.find(by, begin);
    if (found == std::string::npos) break;
    parts.emplace_back(text.substr(begin, found - begin));
    begin = found + by.size();
  }
  parts.emplace_back(text.substr(begin));
  return parts;
}

// Whether a text begins, or ends, with another, or with one of a list.
bool borders(const std::string& text, const Value& with, bool begins, const Arguments& arguments) {
  if (with.is_list()) {
    return std::any_of(with.list().begin(), with.list().end(),
                       [&](const Value& one) { return borders(text, one, begins, arguments); });
  }
  if (!with.is_text()) arguments.wrong("needs a string");
  return begins ? text.starts_with(with.text()) : text.ends_with(with.text());
}

Value text_method(const std::string& name, const std::string& text, const Arguments& arguments) {
  const bool left = name == "lstrip", right = name == "rstrip";
  if (name == "strip" || left || right) {
    arguments.expect(1);
    const Value* given = arguments.find(0, "chars");
    if (given == nullptr || given->is_none()) return strip(text, !right, !left);
    const std::string characters = arguments.text(0, "chars");
    return strip(text, !right, !left, &characters);
  }
  if (name == "startswith" || name == "endswith") {
    arguments.expect(1);
    const Value* with = arguments.find(0, "prefix");
    return borders(text, with == nullptr ? Value() : *with, name == "startswith", arguments);
  }
  if (name == "split") return split(text, arguments);
  if (name == "replace") {
    arguments.expect(3);
    return replaced(text, arguments.text(0, "old"), arguments.text(1, "new"),
                    arguments.integer(2, "count", -1), arguments);
  }
  if (name == "find") {
    arguments.expect(1);
    const size_t found = text.find(arguments.text(0, "sub"));
    if (found == std::string::npos) return int64_t{-1};
    return static_cast<int64_t>(points_of(text.substr(0, found)).size());
  }
  arguments.expect(0);
  if (name == "upper" || name == "lower") return cased(text, arguments, name == "upper");
  if (name == "capitalize") return capitalized(text, arguments);
  if (name == "title") return titled(text, arguments);
  arguments.wrong("is not known");
}

Value dict_method(const std::string& name, const Value& value, const Arguments& arguments) {
  if (name == "get") {
    arguments.expect(2);
    const Value* found = value.member(arguments.text(0, "key"));
    const Value* otherwise = arguments.find(1, "default");
    return found != nullptr ? *found : otherwise != nullptr ? *otherwise : Value(None{});
  }
  arguments.expect(0);
  List all;
  for (const auto& [key, item] : value.dict()) {
    if (name == "items") all.emplace_back(List{Value(key), item});
    if (name == "keys") all.emplace_back(key);
    if (name == "values") all.push_back(item);
  }
  if (name != "items" && name != "keys" && name != "values") arguments.wrong("is not known");
  return all;
}

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

Value method(const std::string& name, const Value& value, const Arguments& arguments) {
  if (value.is_text()) return text_method(name, value.text(), arguments);
  if (value.is_dict()) return dict_method(name, value, arguments);
  arguments.wrong(fmt::format("of {} is not known", value.kind()));
}

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
  if (name == "items" && value.is_dict()) return dict_method(name, value, arguments);
  arguments.wrong("is not known");
}

}  // namespace fovea::tools::chat
