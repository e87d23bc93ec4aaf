// A random model with a chat template and a tokenizer of bytes, and conversations with it.

#ifndef FOVEA_TESTS_TOOLS_COMMANDS_CHAT_FOLDER_H_
#define FOVEA_TESTS_TOOLS_COMMANDS_CHAT_FOLDER_H_

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace fovea::test {

using OrderedJson = nlohmann::ordered_json;
using Ids = std::vector<int32_t>;

// Begins each message with <s> and the role's first letter, and ends it with <e>.
extern const char* const kChatTemplate;

// "a" to "z", then space, line feed, <, >, then <s> and <e>.
OrderedJson tokenizer();

// Ids of a text in which [ and ] are <s> and <e>.
Ids ids_of(const std::string& text);

struct ChatFolder : TemporaryFolder {
  explicit ChatFolder(const std::string& chat_template = kChatTemplate);

  Outcome convert(const std::string& options = "") const;
  // A line of JSON for each answer.
  std::vector<OrderedJson> talk(const std::string& lines, const std::string& options = "") const;
  // What the model goes on with after ids, without conversations.
  Ids after(const Ids& ids, size_t count) const;

  std::string folder = file("folder"), model = file("model.fovea");
};

Ids joined(std::initializer_list<Ids> parts);
Ids list(const OrderedJson& answer, const char* key);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_COMMANDS_CHAT_FOLDER_H_
