// What transformers and Jinja make of templates (tests/chats/chats.py).

#ifndef FOVEA_TESTS_TOOLS_IMPORT_CHAT_CASES_H_
#define FOVEA_TESTS_TOOLS_IMPORT_CHAT_CASES_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/import/chat/chat.h"
#include "tools/import/chat/value.h"

namespace fovea::test {

using namespace tools::chat;
using Json = nlohmann::ordered_json;

// The file FOVEA_CHATS where that is set, else tests/chats/chats.json.
const Json& cases();

Value value_of(const Json& json);
Source source_of(const Json& style);

// Nothing for null.
std::optional<std::string> text_of(const Json& json);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_IMPORT_CHAT_CASES_H_
