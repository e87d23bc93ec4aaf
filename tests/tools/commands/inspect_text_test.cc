// What `fovea inspect` says of texts, conversations and pictures.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/commands/chat_folder.h"
#include "tests/tools/commands/text_folder.h"

namespace fovea::test {
namespace {

using nlohmann::json;

std::string printed(const std::string& arguments) {
  const Outcome outcome = fovea("inspect " + arguments);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return outcome.out;
}

bool says(const std::string& text, const char* part) {
  CAPTURE(text);
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("inspect prints what stands around a text") {
  const TextFolder folder("bert-7");
  folder.convert();
  const std::string shown = printed(folder.model);
  CHECK(says(shown, "a text is [CLS] (text) [SEP]"));
  CHECK(says(shown, "a pair is [CLS] (text) [SEP] (text) [SEP]"));
  CHECK(!says(shown, "stands before words"));
  const json tokenizer = json::parse(printed(folder.model + " --json"))["tokenizers"][0];
  CHECK(tokenizer["text"] == json::parse(R"(["[CLS]", null, "[SEP]"])"));
}

TEST_CASE("inspect prints a tokenizer's prefix and length") {
  const TextFolder folder("bert-7");
  write_bytes(folder.folder + "/tokenizer.json", R"({
      "truncation": {"max_length": 7, "stride": 0, "strategy": "LongestFirst", "direction": "Right"},
      "pre_tokenizer": {"type": "Metaspace", "replacement": "_"},
      "decoder": {"type": "Metaspace", "replacement": "_"},
      "model": {"type": "Unigram", "unk_id": 0, "vocab": [["?", 0], ["_", -1], ["a", -2]]}})");
  folder.convert();
  const std::string shown = printed(folder.model);
  CHECK(says(shown, "Unigram, 3 pieces"));
  CHECK(says(shown, "\"_\" stands before words"));
  CHECK(says(shown, "cut to 7 tokens"));
  CHECK(says(shown, "a text is (text)"));
}

TEST_CASE("inspect prints what stands between the messages of a conversation") {
  const ChatFolder chat;
  chat.convert();
  const std::string shown = printed(chat.model);
  std::string wanted = "Conversations: what stands behind one message and before the next\n";
  for (const char* before : {"assistant", "system", "user"}) {
    wanted += fmt::format("  (begin)    {:9}  \"<s>{}\\n\"\n", before, before[0]);
  }
  for (const char* after : {"assistant", "system", "user"}) {
    for (const char* before : {"(answer)", "assistant", "system", "user"}) {
      const char role = before[0] == '(' ? 'a' : before[0];
      wanted += fmt::format("  {:9}  {:9}  \"<e>\\n<s>{}\\n\"\n", after, before, role);
    }
  }
  CHECK_MESSAGE(says(shown, ("\n" + wanted + "\n").c_str()), wanted);
  const json described = json::parse(printed(chat.model + " --json"))["chat"];
  CHECK(described["answer"] == "assistant");
  CHECK(described["filled"] == false);
  REQUIRE(described["joins"].size() == 15);
  CHECK(described["joins"][1] == json::parse(R"({"after": null, "before": "system",
      "strip_left": false, "strip_right": true, "text": "<s>s\n"})"));
  CHECK(described["joins"][3] == json::parse(R"({"after": "assistant", "before": null,
      "strip_left": true, "strip_right": false, "text": "<e>\n<s>a\n"})"));
  const ChatFolder none("{{ 1 / 2 }}");
  none.convert();
  CHECK(says(printed(none.model),
             "\nConversations\n  none: the template is not understood, line 1: a whole number / "
             "a whole number\n"));
  CHECK(json::parse(printed(none.model + " --json"))["chat"].size() == 1);
}

TEST_CASE("inspect prints what becomes of pictures, and labels") {
  const TemporaryFolder folder;
  const std::string model = folder.file("model.fovea");
  for (const auto& [name, made] :
       {std::pair("vit-2", "resized to 8 x 8, bilinear"),
        {"deit-3", "resized to 10 x 10, bicubic, cut from the middle"},
        {"dinov2-2", "shorter side resized to 14, bicubic, cut from the middle"},
        {"siglip-2", "resized to 8 x 8, bicubic"}}) {
    const Outcome converted =
        fovea("convert --quiet " FOVEA_FAMILIES "/" + std::string(name) + " -o " + model);
    REQUIRE_MESSAGE(converted.code == 0, converted.err);
    const std::string wanted =
        "\nLabels\n  no, yes, perhaps\n\nPictures\n  " + std::string(made) + "\n";
    CHECK_MESSAGE(says(printed(model), wanted.c_str()), wanted);
  }
  CHECK(json::parse(printed(model + " --json"))["picture"] == json::parse(R"({"crops": false,
      "filter": "Bicubic", "height": 8, "resize": "Exact", "width": 8})"));
}

}  // namespace fovea::test
