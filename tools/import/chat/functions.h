// Filters, tests and methods of chat templates.

#ifndef FOVEA_TOOLS_IMPORT_CHAT_FUNCTIONS_H_
#define FOVEA_TOOLS_IMPORT_CHAT_FUNCTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/import/chat/value.h"

namespace fovea::tools::chat {

// What something is called with.
class Arguments {
 public:
  Arguments(std::string what, uint32_t line) : what_(std::move(what)), line_(line) {}

  void add(Value value) { values_.push_back(std::move(value)); }
  void add(std::string name, Value value) {
    named_.emplace_back(std::move(name), std::move(value));
  }

  uint32_t line() const { return line_; }
  size_t count() const { return values_.size() + named_.size(); }
  const std::vector<Value>& values() const { return values_; }
  const Dict& named() const { return named_; }

  // The argument at a place, or of a name; null where it is not given.
  const Value* find(size_t place, const char* name) const;
  // The same of a text or a whole number. Throws NotUnderstood for another kind.
  std::string text(size_t place, const char* name) const;
  int64_t integer(size_t place, const char* name, int64_t otherwise) const;
  // Throws NotUnderstood where there are others than the first so many and these names.
  void expect(size_t most, std::initializer_list<const char*> names = {}) const;
  [[noreturn]] void wrong(const std::string& why) const;

 private:
  std::string what_;  // "the filter join"
  uint32_t line_;
  std::vector<Value> values_;
  Dict named_;
};

// All throw NotUnderstood for what is not known here.
Value filter(const std::string& name, const Value& value, const Arguments& arguments);
bool test(const std::string& name, const Value& value, const Arguments& arguments);
Value method(const std::string& name, const Value& value, const Arguments& arguments);

// Whether a value is in a list, a text or a mapping.
bool contains(const Value& all, const Value& one, uint32_t line);
// The items of a list, the keys of a mapping, the characters of a text; nothing of what is
// undefined.
List items_of(const Value& value, uint32_t line);
// value[key]; undefined where there is none.
Value item_of(const Value& value, const Value& key, uint32_t line);

}  // namespace fovea::tools::chat

#endif  // FOVEA_TOOLS_IMPORT_CHAT_FUNCTIONS_H_
