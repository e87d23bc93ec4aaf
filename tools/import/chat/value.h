// What expressions of chat templates are made of: Python's values, as far as templates need them.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_VALUE_H_
#define FOVEA_TOOLS_IMPORT_CHAT_VALUE_H_

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fovea::tools::chat {

// The template has something that is not interpreted here; it may mean anything.
class NotUnderstood : public std::runtime_error {
 public:
  NotUnderstood(uint32_t line, const std::string& what);
};

// The template ends with an error of its own for this conversation, as it does elsewhere.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Value;
struct Statement;

struct Undefined {};
struct None {};
using List = std::vector<Value>;
// In the order in which keys came.
using Dict = std::vector<std::pair<std::string, Value>>;
// Attributes that may be set.
struct Namespace {
  Dict values;
};
// A function that templates are given, or a macro of theirs.
struct Function {
  std::string name;
  const Statement* macro = nullptr;
};

class Value {
 public:
  using Variant =
      std::variant<Undefined, None, bool, int64_t, double, std::string, std::shared_ptr<const List>,
                   std::shared_ptr<const Dict>, std::shared_ptr<Namespace>, Function>;

  Value() = default;
  Value(None) : value_(None{}) {}
  Value(bool value) : value_(value) {}
  Value(int64_t value) : value_(value) {}
  Value(double value) : value_(value) {}
  Value(std::string value) : value_(std::move(value)) {}
  Value(const char* value) : value_(std::string(value)) {}
  Value(List list) : value_(std::make_shared<const List>(std::move(list))) {}
  Value(Dict dict) : value_(std::make_shared<const Dict>(std::move(dict))) {}
  Value(std::shared_ptr<Namespace> space) : value_(std::move(space)) {}
  Value(Function function) : value_(std::move(function)) {}

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value_);
  }
  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }
  bool is_text() const { return is<std::string>(); }
  bool is_list() const { return is<std::shared_ptr<const List>>(); }
  bool is_dict() const { return is<std::shared_ptr<const Dict>>(); }
  // Whole numbers; Python's booleans are such.
  bool is_integer() const { return is<int64_t>() || is<bool>(); }

  const std::string& text() const { return std::get<std::string>(value_); }
  const List& list() const { return *std::get<std::shared_ptr<const List>>(value_); }
  const Dict& dict() const { return *std::get<std::shared_ptr<const Dict>>(value_); }
  Namespace* space() const {
    const auto* space = std::get_if<std::shared_ptr<Namespace>>(&value_);
    return space == nullptr ? nullptr : space->get();
  }
  const Function* function() const { return std::get_if<Function>(&value_); }
  int64_t integer() const {
    return is<bool>() ? int64_t{std::get<bool>(value_)} : std::get<int64_t>(value_);
  }
  double real() const { return is<double>() ? std::get<double>(value_) : double(integer()); }

  bool truth() const;
  // "a string", as a message names the kind.
  const char* kind() const;
  // As printed. Throws NotUnderstood for what Python would print in a form of its own.
  std::string printed(uint32_t line) const;
  // The member of a dict or a namespace; null where there is none.
  const Value* member(std::string_view key) const;

 private:
  Variant value_;
};

bool equal(const Value& a, const Value& b);

// Code points of a text, each as a text of its own.
std::vector<std::string> points_of(const std::string& text);
// Python's str.strip: of white space, or of any of `characters`.
std::string strip(const std::string& text, bool left, bool right,
                  const std::string* characters = nullptr);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_VALUE_H_
