#include "tests/tools/commands/text_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/common/npy.h"

namespace fovea::test {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr const char* kSpecial[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
constexpr const char* kWords[] = {"the", "cat", "dog", "sat", "ran", "home", "##s", "##ed", "!"};

OrderedJson around(const OrderedJson& sequence) {
  const auto special = [](const char* name) {
    return OrderedJson{{"SpecialToken", {{"id", name}, {"type_id", 0}}}};
  };
  return OrderedJson::array({special("[CLS]"), sequence, special("[SEP]")});
}

OrderedJson template_of() {
  const OrderedJson a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const OrderedJson b = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  OrderedJson pair = around(a);
  pair.push_back(b);
  pair.push_back({{"SpecialToken", {{"id", "[SEP]"}, {"type_id", 1}}}});
  OrderedJson tokens;
  for (int id : {2, 3}) {
    const OrderedJson name = kSpecial[id];
    tokens[kSpecial[id]] = {{"id", name}, {"ids", {id}}, {"tokens", {name}}};
  }
  return {{"type", "TemplateProcessing"},
          {"single", around(a)},
          {"pair", pair},
          {"special_tokens", tokens}};
}

OrderedJson word_piece_tokenizer() {
  OrderedJson vocabulary, added = OrderedJson::array();
  int id = 0;
  for (const char* name : kSpecial) {
    added.push_back({{"id", id},
                     {"content", name},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
    vocabulary[name] = id++;
  }
  for (char c = 'a'; c <= 'z'; ++c) vocabulary[std::string(1, c)] = id++;
  for (const char* word : kWords) vocabulary[word] = id++;
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", true}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", template_of()},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", vocabulary}}}};
}

}  // namespace

TextFolder::TextFolder(const std::string& family) {
  std::filesystem::copy(FOVEA_FAMILIES "/" + family, folder,
                        std::filesystem::copy_options::recursive);
  write_bytes(folder + "/tokenizer.json", word_piece_tokenizer().dump());
}

void TextFolder::convert(const std::string& options) const {
  const Outcome outcome = fovea("convert --quiet " + folder + " -o " + model + " " + options);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
}

std::vector<double> TextFolder::run(const std::string& output, const std::vector<int32_t>& ids,
                                    const std::vector<int32_t>& types) const {
  const auto save = [&](const char* name, const std::vector<int32_t>& list) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(list.data());
    tools::write_npy(file(name), FOVEA_INT32, std::vector<uint64_t>{list.size()},
                     {bytes, list.size() * 4});
  };
  save("tokens.npy", ids);
  save("types.npy", types);
  const Outcome outcome =
      fovea("run " + model + " --input tokens=" + file("tokens.npy") +
            " --input token_types=" + file("types.npy") + " --output-dir " + file("out"));
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const tools::Npy npy = tools::read_npy(file("out/" + output + ".npy"));
  const auto* numbers = reinterpret_cast<const float*>(npy.data.data());
  return {numbers, numbers + npy.data.size() / 4};
}

void TextFolder::change_config(const std::string& from, const std::string& to) const {
  std::string text = read_bytes(folder + "/config.json");
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  write_bytes(folder + "/config.json", text.replace(at, from.size(), to));
}

}  // namespace fovea::test
