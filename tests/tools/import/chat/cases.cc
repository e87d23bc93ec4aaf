#include "tests/tools/import/chat/cases.h"

#include <cstdlib>

#include "tests/support/temporary_folder.h"

namespace fovea::test {

const Json& cases() {
  static const Json all = [] {
    const char* path = std::getenv("FOVEA_CHATS");
    return Json::parse(read_bytes(path == nullptr ? FOVEA_CHATS_FOLDER "/chats.json" : path));
  }();
  return all;
}

Value value_of(const Json& json) {
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number()) return json.get<int64_t>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    List list;
    for (const Json& item : json) list.push_back(value_of(item));
    return list;
  }
  Dict dict;
  for (const auto& [key, item] : json.items()) dict.emplace_back(key, value_of(item));
  return dict;
}

Source source_of(const Json& style) {
  const Json& variables = style.contains("variables") ? style["variables"] : cases()["variables"];
  return {style["name"], style["template"], value_of(variables).dict()};
}

std::optional<std::string> text_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<std::string>();
}

}  // namespace fovea::test
