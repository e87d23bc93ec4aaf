#include "tools/import/chat/value.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/common/utf8.h"

namespace fovea::tools::chat {
namespace {

// What Python's str.isspace says, of a code point in UTF-8.
bool is_white(const std::string& point) {
  const Beginning b = beginning_of(point);
  if (b.state != Utf8::kWhole) return false;
  const uint32_t p = b.point;
  return (p >= 0x09 && p <= 0x0D) || (p >= 0x1C && p <= 0x20) || p == 0x85 || p == 0xA0 ||
         p == 0x1680 || (p >= 0x2000 && p <= 0x200A) || p == 0x2028 || p == 0x2029 || p == 0x202F ||
         p == 0x205F || p == 0x3000;
}

}  // namespace

NotUnderstood::NotUnderstood(uint32_t line, const std::string& what)
    : std::runtime_error(fmt::format("line {}: {}", line, what)) {}

bool Value::truth() const {
  if (is_undefined() || is_none()) return false;
  if (is_text()) return !text().empty();
  if (is_list()) return !list().empty();
  if (is_dict()) return !dict().empty();
  if (is_integer()) return integer() != 0;
  if (is<double>()) return real() != 0;
  return true;
}

const char* Value::kind() const {
  static constexpr const char* kNames[] = {"something undefined",
                                           "None",
                                           "a boolean",
                                           "a whole number",
                                           "a number",
                                           "a string",
                                           "a list",
                                           "a mapping",
                                           "a namespace",
                                           "a function"};
  return kNames[value_.index()];
}

std::string Value::printed(uint32_t line) const {
  if (is_undefined()) return {};
  if (is_none()) return "None";
  if (is_text()) return text();
  if (is<bool>()) return integer() != 0 ? "True" : "False";
  if (is<int64_t>()) return std::to_string(integer());
  throw NotUnderstood(line, fmt::format("{} is printed as it is", kind()));
}

const Value* Value::member(std::string_view key) const {
  if (!is_dict() && space() == nullptr) return nullptr;
  const Dict& all = is_dict() ? dict() : space()->values;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& item) { return item.first == key; });
  return found == all.end() ? nullptr : &found->second;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_text() && b.is_text()) return a.text() == b.text();
  const bool numbers = (a.is_integer() || a.is<double>()) && (b.is_integer() || b.is<double>());
  if (numbers) return a.real() == b.real();
  if (a.is_list() && b.is_list()) {
    return std::equal(a.list().begin(), a.list().end(), b.list().begin(), b.list().end(), equal);
  }
  if (a.is_dict() && b.is_dict()) {
    return a.dict().size() == b.dict().size() &&
           std::all_of(a.dict().begin(), a.dict().end(), [&](const auto& item) {
             const Value* other = b.member(item.first);
             return other != nullptr && equal(item.second, *other);
           });
  }
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

std::vector<std::string> points_of(const std::string& text) {
  std::vector<std::string> points;
  for (std::string_view left = text; !left.empty();) {
    const size_t size = beginning_of(left).bytes;
    points.emplace_back(left.substr(0, size));
    left.remove_prefix(size);
  }
  return points;
}

std::string strip(const std::string& text, bool left, bool right, const std::string* characters) {
  const std::vector<std::string> points = points_of(text);
  std::vector<std::string> wanted;
  if (characters != nullptr) wanted = points_of(*characters);
  const auto goes = [&](const std::string& point) {
    return characters == nullptr ? is_white(point)
                                 : std::find(wanted.begin(), wanted.end(), point) != wanted.end();
  };
  size_t begin = 0, end = points.size();
  while (left && begin < end && goes(points[begin])) ++begin;
  while (right && begin < end && goes(points[end - 1])) --end;
  std::string result;
  for (size_t i = begin; i < end; ++i) result += points[i];
  return result;
}

}  // namespace fovea::tools::chat
