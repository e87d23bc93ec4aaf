#include "tests/tools/commands/chat_folder.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/llama_checkpoint.h"

namespace fovea::test {
namespace {

constexpr int32_t kSpace = 26, kFeed = 27, kLess = 28, kMore = 29, kStart = 30, kEnd = 31;

}  // namespace

const char* const kChatTemplate =
    "{% for m in messages %}{{ '<s>' + m.role[0] + '\\n' + m.content | trim + '<e>\\n' }}{% endfor "
    "%}"
    "{{ '<s>a\\n' }}";

OrderedJson tokenizer() {
  OrderedJson vocabulary = OrderedJson::object(), added = OrderedJson::array();
  int id = 0;
  for (char c = 'a'; c <= 'z'; ++c) vocabulary[std::string(1, c)] = id++;
  for (const char* piece : {"\u0120", "\u010a", "<", ">"}) vocabulary[piece] = id++;
  for (const char* content : {"<s>", "<e>"}) {
    added.push_back({{"id", id++},
                     {"content", content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  const OrderedJson bytes = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer", bytes},
          {"post_processor", bytes},
          {"decoder", bytes},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false},
            {"vocab", vocabulary},
            {"merges", OrderedJson::array()}}}};
}

Ids ids_of(const std::string& text) {
  Ids ids;
  for (const char c : text) {
    ids.push_back(c == '['    ? kStart
                  : c == ']'  ? kEnd
                  : c == ' '  ? kSpace
                  : c == '\n' ? kFeed
                  : c == '<'  ? kLess
                  : c == '>'  ? kMore
                              : c - 'a');
  }
  return ids;
}

ChatFolder::ChatFolder(const std::string& chat_template) {
  LlamaShape shape;
  shape.width = 32;
  shape.ffn_width = 48;
  shape.layers = 2;
  shape.heads = shape.kv_heads = 2;
  shape.head_width = 16;
  shape.vocabulary = 32;
  shape.context = 128;
  std::filesystem::create_directory(folder);
  write_checkpoint(random_llama(shape, 3), folder);
  write_bytes(folder + "/tokenizer.json", tokenizer().dump());
  OrderedJson config = {{"bos_token", "<s>"}};
  if (!chat_template.empty()) config["chat_template"] = chat_template;
  write_bytes(folder + "/tokenizer_config.json", config.dump());
}

Outcome ChatFolder::convert(const std::string& options) const {
  const Outcome outcome = fovea("convert --quiet " + folder + " -o " + model + " " + options);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return outcome;
}

std::vector<OrderedJson> ChatFolder::talk(const std::string& lines,
                                          const std::string& options) const {
  const Outcome outcome =
      shell("printf '" + lines + "' | $FOVEA generate " + model + " --chat --json " + options);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  std::vector<OrderedJson> answers;
  for (size_t begin = 0; begin < outcome.out.size();) {
    const size_t end = outcome.out.find('\n', begin);
    answers.push_back(OrderedJson::parse(outcome.out.substr(begin, end - begin)));
    begin = end + 1;
  }
  return answers;
}

Ids ChatFolder::after(const Ids& ids, size_t count) const {
  std::string list;
  for (const int32_t id : ids) list += (list.empty() ? "" : ",") + std::to_string(id);
  const Outcome outcome = fovea("generate " + model + " --json --tokens " + list +
                                " --max-tokens " + std::to_string(count));
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return OrderedJson::parse(outcome.out)["tokens"];
}

Ids joined(std::initializer_list<Ids> parts) {
  Ids all;
  for (const Ids& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Ids list(const OrderedJson& answer, const char* key) {
  return answer[key].get<Ids>();
}

}  // namespace fovea::test
