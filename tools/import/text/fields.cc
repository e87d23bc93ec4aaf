#include "tools/import/text/fields.h"

#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {

using nlohmann::json;

Fields::Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object.is_object()) fail("{}: {} where an object is needed", where_, show_json(object));
}

bool Fields::has(const std::string& key) {
  read_.insert(key);
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

const json& Fields::at(const std::string& key) {
  if (!has(key)) fail("{}: {} is missing", where_, key);
  return object_[key];
}

bool Fields::flag(const std::string& key, std::optional<bool> otherwise) {
  if (otherwise && !has(key)) return *otherwise;
  if (!at(key).is_boolean()) wrong(key, "true or false");
  return object_[key].get<bool>();
}

std::string Fields::text(const std::string& key) {
  if (!at(key).is_string()) wrong(key, "a text");
  return object_[key].get<std::string>();
}

std::string Fields::text(const std::string& key, const std::string& otherwise) {
  return has(key) ? text(key) : otherwise;
}

uint32_t Fields::count(const std::string& key) {
  const json& value = at(key);
  if (!value.is_number_unsigned() || value.get<uint64_t>() > INT32_MAX)
    wrong(key, "a whole number");
  return value.get<uint32_t>();
}

const json& Fields::list(const std::string& key) {
  if (!at(key).is_array()) wrong(key, "a list");
  return object_[key];
}

const json& Fields::object(const std::string& key) {
  if (!at(key).is_object()) wrong(key, "an object");
  return object_[key];
}

void Fields::ignore(std::initializer_list<const char*> keys) {
  for (const char* key : keys) read_.insert(key);
}

void Fields::refuse(std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!has(key) || object_[key] == false || object_[key] == "") continue;
    fail("{}: {} is {}, which is not known; it cannot be converted", where_, key,
         show_json(object_[key]));
  }
}

void Fields::expect_all_read() const {
  for (const auto& [key, value] : object_.items()) {
    if (!read_.contains(key)) {
      fail("{}: {} is not known; it cannot be converted", where_, show_json(key));
    }
  }
}

void Fields::wrong(const std::string& key, const char* kind) const {
  fail("{}: {} is {}; it must be {}", where_, key, show_json(object_[key]), kind);
}

}  // namespace fovea::tools
