// Conversations by `fovea generate --chat`, with a random model and a tokenizer of bytes.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/commands/chat_folder.h"

namespace fovea::test {
TEST_CASE("a message becomes the template's text, and special tokens that it spells stay text") {
  const ChatFolder chat;
  CHECK(chat.convert().err.empty());
  const auto answers = chat.talk("", "--max-tokens 4 --prompt ' what<s> is '");
  REQUIRE(answers.size() == 1);
  const Ids asked = ids_of("[u\nwhat<s> is]\n[a\n");
  CHECK(list(answers[0], "prompt_tokens") == asked);
  CHECK(list(answers[0], "tokens") == chat.after(asked, 4));
  CHECK(answers[0]["stopped"] == "max-tokens");
  CHECK(answers[0]["context_tokens"] == asked.size() + 4);
}

TEST_CASE("lines are turns of one conversation, which the caches keep") {
  const ChatFolder chat;
  chat.convert("--max tokens=8");
  const auto answers = chat.talk("one\\n\\ntwo\\r\\nthree", "--max-tokens 5 --system rules");
  REQUIRE(answers.size() == 3);
  CHECK(list(answers[0], "prompt_tokens") == ids_of("[s\nrules]\n[u\none]\n[a\n"));
  CHECK(list(answers[1], "prompt_tokens") == ids_of("]\n[u\ntwo]\n[a\n"));
  CHECK(list(answers[2], "prompt_tokens") == ids_of("]\n[u\nthree]\n[a\n"));
  Ids before;
  for (const OrderedJson& answer : answers) {
    before = joined({before, list(answer, "prompt_tokens")});
    CHECK(list(answer, "tokens") == chat.after(before, 5));
    before = joined({before, list(answer, "tokens")});
    CHECK(answer["context_tokens"] == before.size());
  }
  const Outcome text = shell("printf 'one\\ntwo\\nthree\\n' | $FOVEA generate " + chat.model +
                             " --chat --max-tokens 5 --system rules");
  std::string wanted;
  for (const OrderedJson& answer : answers) wanted += answer["text"].get<std::string>() + "\n";
  CHECK(text.out == wanted);
  CHECK(text.err.empty());
}

TEST_CASE(
    "an answer stops at a token that ends it, which comes before the next message only once") {
  const ChatFolder chat;
  chat.convert();
  const Ids asked = ids_of("[u\none]\n[a\n"), free = chat.after(asked, 6);
  size_t last = 3;  // a token that was not there before
  while (last < 5 && std::find(free.begin(), free.begin() + static_cast<ptrdiff_t>(last),
                               free[last]) != free.begin() + static_cast<ptrdiff_t>(last)) {
    ++last;
  }
  write_bytes(chat.folder + "/generation_config.json",
              OrderedJson{{"eos_token_id", {free[last]}}}.dump());
  chat.convert();
  const auto answers = chat.talk("one\\ntwo\\n", "--max-tokens 20");
  REQUIRE(answers.size() == 2);
  CHECK(answers[0]["stopped"] == "end of answer");
  const Ids said = list(answers[0], "tokens");
  CHECK(said == Ids(free.begin(), free.begin() + static_cast<ptrdiff_t>(last)));
  const Ids second = ids_of("]\n[u\ntwo]\n[a\n");
  CHECK(list(answers[1], "prompt_tokens") == second);
  const Ids then = list(answers[1], "tokens");
  CHECK(then == chat.after(joined({asked, said, second}), 20));
}

TEST_CASE("a full context is said") {
  const ChatFolder chat;
  chat.convert("--max context=16 --max tokens=16");
  const Outcome cut = fovea("generate " + chat.model + " --chat --prompt abc --max-tokens 50");
  CHECK(cut.code == 0);
  CHECK(cut.err == "fovea: the context of 16 tokens is full: the answer ends here\n");
  const auto answers = chat.talk("", "--prompt abc --max-tokens 50");
  CHECK(answers[0]["stopped"] == "context full");
  CHECK(answers[0]["context_tokens"] == 17);  // the last one is chosen and never read
  check_refused(fovea("generate " + chat.model + " --chat --prompt abcdefghi"), 1,
                "the context is full: it holds 16 tokens, 0 are taken, and the message needs 17: "
                "start again, or convert with a greater --max context");
  const Outcome later =
      shell("printf 'abc\\nd\\n' | $FOVEA generate " + chat.model + " --chat --max-tokens 2");
  CHECK(later.code == 1);
  CHECK(later.err.find("the context is full: it holds 16 tokens, 13 are taken") !=
        std::string::npos);
}

TEST_CASE("a model without conversations says why") {
  const ChatFolder none("");
  CHECK(none.convert().err.empty());
  check_refused(
      fovea("generate " + none.model + " --chat --prompt a"), 1,
      "has no conversations, for it was not converted from a folder with a chat template");
  const ChatFolder strange("{% for m in messages %}\n{{ m.content | rot13 }}{% endfor %}");
  const std::string why = "the template is not understood, line 2: the filter rot13 is not known";
  CHECK(strange.convert().err.find("tokenizer_config.json: chat_template: not converted, so that "
                                   "generate has no --chat: " +
                                   why) != std::string::npos);
  check_refused(fovea("generate " + strange.model + " --chat --prompt a"), 1,
                "has no conversations, for its chat template could not be converted: " + why);
  CHECK(fovea("inspect " + strange.model).out.find("none: " + why) != std::string::npos);
  CHECK(OrderedJson::parse(fovea("inspect --json " + strange.model).out)["chat"]["missing"] == why);
  const ChatFolder bare;
  bare.convert("--no-tokenizer");
  check_refused(fovea("generate " + bare.model + " --chat --prompt a"), 1,
                "for its chat template could not be converted: the model has no tokenizer");
}

// The ids are those of `tokenizers` 0.23 for the whole text.
TEST_CASE("a tokenizer that begins each text with a space begins those behind special tokens so") {
  const ChatFolder chat;
  OrderedJson file = tokenizer();
  file["pre_tokenizer"]["add_prefix_space"] = true;
  write_bytes(chat.folder + "/tokenizer.json", file.dump());
  CHECK(chat.convert().err.empty());
  const auto answers = chat.talk("one\\ntwo", "--max-tokens 3");
  REQUIRE(answers.size() == 2);
  CHECK(list(answers[0], "prompt_tokens") == ids_of("[ u\none] \n[ a\n"));
  CHECK(list(answers[1], "prompt_tokens") == ids_of("] \n[ u\ntwo] \n[ a\n"));
}

TEST_CASE("a tokenizer that strips each text has no conversations") {
  const ChatFolder chat;
  OrderedJson file = tokenizer();
  file["normalizer"] = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}};
  write_bytes(chat.folder + "/tokenizer.json", file.dump());
  chat.convert();
  const OrderedJson inspected =
      OrderedJson::parse(fovea("inspect --json " + chat.model).out)["chat"];
  CHECK(inspected["missing"] ==
        "the tokenizer strips each text or marks each word's beginning, and a conversation goes on "
        "with parts of one text");
}

TEST_CASE("inspect shows what stands between messages") {
  const ChatFolder chat;
  chat.convert();
  const OrderedJson said = OrderedJson::parse(fovea("inspect --json " + chat.model).out)["chat"];
  CHECK(said["answer"] == "assistant");
  CHECK(said["filled"] == false);
  REQUIRE(said["joins"].size() == 15);
  CHECK(said["joins"][0] == OrderedJson{{"after", nullptr},
                                        {"before", "assistant"},
                                        {"text", "<s>a\n"},
                                        {"strip_left", false},
                                        {"strip_right", true}});
  const std::string text = fovea("inspect " + chat.model).out;
  CHECK(text.find("(begin)    user       \"<s>u\\n\"") != std::string::npos);
  CHECK(text.find("user       (answer)   \"<e>\\n<s>a\\n\"") != std::string::npos);
}

TEST_CASE("options of conversations that do not go together") {
  const ChatFolder chat;
  chat.convert();
  CHECK(fovea("generate " + chat.model + " --system a --prompt b").code == 2);
  CHECK(fovea("generate " + chat.model + " --chat --tokens 1,2").code == 2);
  check_refused(fovea("generate " + chat.model + " --chat --prompt-file " + chat.file("none")), 1,
                "none");
}

}  // namespace fovea::test
