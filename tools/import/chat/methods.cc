// Methods of texts and mappings.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/import/chat/functions.h"
#include "tools/import/chat/texts.h"

namespace fovea::tools::chat {
namespace {

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

}  // namespace

Value method(const std::string& name, const Value& value, const Arguments& arguments) {
  if (value.is_text()) return text_method(name, value.text(), arguments);
  if (value.is_dict()) return dict_method(name, value, arguments);
  arguments.wrong(fmt::format("of {} is not known", value.kind()));
}

}  // namespace fovea::tools::chat
