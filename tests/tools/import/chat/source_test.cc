// Where the template of a folder is found.

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tools/common/error.h"
#include "tools/import/chat/source.h"

namespace fovea::test {
namespace {

using namespace tools::chat;

}  // namespace

TEST_CASE("the template of a folder: the file, else the config's, of several the default") {
  TemporaryFolder folder;
  const auto config = [&](const std::string& text) {
    write_bytes(folder.file("tokenizer_config.json"), text);
  };
  const auto found = [&] { return find_source(folder.path()); };
  CHECK_FALSE(found());
  config("{}");
  CHECK_FALSE(found());
  config("{\"chat_template\": null}");
  CHECK_FALSE(found());
  config("{\"chat_template\": [{\"name\": \"tool\", \"template\": \"a\"}]}");
  CHECK_FALSE(found());
  config(
      "{\"chat_template\": [{\"name\": \"tool\", \"template\": \"a\"}, {\"name\": \"default\", "
      "\"template\": \"b\"}], \"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", "
      "\"pad_token\": null}");
  REQUIRE(found());
  CHECK(found()->text == "b");
  CHECK(found()->place.ends_with("tokenizer_config.json: chat_template"));
  REQUIRE(found()->variables.size() == 2);
  CHECK(found()->variables[0].second.text() == "<s>");
  CHECK(found()->variables[1].second.text() == "</s>");
  config("{\"chat_template\": \"c\"}");
  CHECK(found()->text == "c");
  write_bytes(folder.file("chat_template.jinja"), "d\n");
  CHECK(found()->text == "d\n");
  CHECK(found()->place.ends_with("chat_template.jinja"));
  write_bytes(folder.file("chat_template.jinja"), std::string((1 << 20) + 1, 'x'));
  CHECK_THROWS_WITH_AS(found(), doctest::Contains("has more than a megabyte"), tools::InputError);
  std::filesystem::remove(folder.file("chat_template.jinja"));
  config("{\"chat_template\": 7}");
  CHECK_THROWS_WITH_AS(found(), doctest::Contains("chat_template is neither a text nor a list"),
                       tools::InputError);
}

}  // namespace fovea::test
