// `fovea translate` and `fovea generate` of encoder-decoders, against the ids that transformers'
// greedy generation gives of the same folders in double precision.

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/commands/text_folder.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> list;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) list.push_back(Json::parse(line));
  return list;
}

// What both texts become, in 9 tokens at most: 10 with the one that the decoder begins with.
std::vector<Json> translated(const TextFolder& folder, const std::string& options = "") {
  const Outcome outcome = fovea("translate " + folder.model + " --json --max-tokens 9 " + options +
                                " 'the cat sat' 'The dogs ran home!'");
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return lines_of(outcome.out);
}

}  // namespace

TEST_CASE("translate gives transformers' greedy tokens, forced and forbidden ones included") {
  struct Wanted {
    const char* folder;
    Ids first, second;
  };
  const Wanted all[] = {
      // Forced to end.
      {"bart-1", {28, 28, 28, 28, 28, 28, 28, 28, 2}, {28, 28, 28, 28, 28, 28, 28, 28, 2}},
      // Forced to begin, too, as older releases said it; no three tokens come again.
      {"bart-2", {0, 26, 26, 26, 21, 26, 26, 31, 2}, {0, 21, 21, 21, 33, 21, 21, 26, 2}},
      {"marian-1", {18, 18, 18, 18, 18, 18, 18, 18, 0}, {13, 13, 13, 13, 10, 13, 10, 10, 0}},
      {"m2m_100-1", {14, 14, 14, 14, 14, 14, 14, 14, 14}, {27, 27, 27, 27, 27, 27, 27, 27, 27}}};
  for (const Wanted& wanted : all) {
    CAPTURE(wanted.folder);
    const TextFolder folder(wanted.folder);
    folder.convert();
    const std::vector<Json> lines = translated(folder);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["source_tokens"] == Ids{2, 31, 32, 34, 3});
    CHECK(lines[1]["source_tokens"] == Ids{2, 31, 33, 37, 35, 36, 39, 3});
    CHECK(lines[0]["tokens"] == wanted.first);
    CHECK(lines[1]["tokens"] == wanted.second);
    const Outcome one = fovea("generate " + folder.model + " --json --max-tokens 9 --prompt " +
                              "'The dogs ran home!'");
    REQUIRE_MESSAGE(one.code == 0, one.err);
    Ids shown = wanted.second;
    if (wanted.second.back() != wanted.second.front()) shown.pop_back();  // what ends is not shown
    CHECK(Json::parse(one.out)["tokens"] == shown);
  }
}

TEST_CASE("translate shows words, from a pipe too, and no special tokens") {
  const TextFolder folder("bart-2");
  folder.convert();
  CHECK(translated(folder)[0]["text"] == "v v v q v v the");
  CHECK(translated(folder)[0]["stopped"] == "end of text");
  const Outcome piped = shell("printf 'the cat sat\\nThe dogs ran home!\\n' | $FOVEA translate " +
                              folder.model + " --max-tokens 4");
  CHECK(piped.out == "v v\nq q\n");
}

TEST_CASE("translate: what is forced, suppressed and left out is what the folder says") {
  const TextFolder folder("marian-1");
  folder.change_config("\"bad_words_ids\": [\n  [\n   39\n  ]\n ]",
                       "\"bad_words_ids\": [[39], [18], [13, 2]], \"begin_suppress_tokens\": [10]");
  const Outcome outcome = fovea("convert --quiet " + folder.folder + " -o " + folder.model);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.find("bad_words_ids") != std::string::npos);
  for (const Json& line : translated(folder)) {
    for (const Json& id : line["tokens"]) CHECK(id != 18);
    CHECK(line["tokens"][0] != 10);
  }
  const std::vector<Json> forced = translated(folder, "--to dog");
  CHECK(forced[0]["tokens"][0] == 33);
  CHECK(forced[1]["tokens"][0] == 33);
}

TEST_CASE("translate: a token that may not come first does not") {
  const TextFolder folder("marian-1");
  // Which are the first ones otherwise.
  folder.change_config("\"num_beams\"", "\"begin_suppress_tokens\": [18, 13], \"num_beams\"");
  folder.convert();
  for (const Json& line : translated(folder)) {
    CHECK(line["tokens"][0] != 18);
    CHECK(line["tokens"][0] != 13);
  }
}

// By tests/families/beams.py, in double precision.
TEST_CASE("translate --beams gives the tokens of transformers' beam search") {
  struct Wanted {
    const char* folder;
    uint32_t beams;
    const char* keys;  // of config.json
    Ids first, second;
  };
  const Wanted all[] = {
      {"t5-3", 4, "", {9, 9, 9, 9, 9, 9, 9, 9, 9}, {38, 9, 38, 9, 38, 9, 38, 9, 38}},
      {"t5-3",
       4,
       R"("length_penalty": -1.0, "early_stopping": "never", "no_repeat_ngram_size": 2,)",
       {38, 9, 9, 38, 16, 9, 39, 9, 16},
       {38, 38, 9, 38, 3, 9, 22, 13, 39}},
      {"bart-1", 4, "", {28, 28, 28, 28, 28, 28, 28, 28, 2}, {28, 28, 28, 28, 28, 28, 28, 28, 2}},
      {"bart-1",
       5,
       R"("no_repeat_ngram_size": 3, "min_length": 6, "early_stopping": true, "length_penalty": 2.0,)",
       {28, 28, 22, 28, 28, 28, 24, 28, 2},
       {28, 28, 24, 28, 28, 28, 22, 28, 2}},
      {"bart-2", 4, "", {0, 21, 26, 26, 26, 21, 26, 21, 2}, {0, 21, 21, 33, 21, 21, 21, 26, 2}},
      {"bart-2",
       2,
       R"("repetition_penalty": 1.5, "length_penalty": 0.5,)",
       {0, 21, 26, 26, 26, 21, 26, 31, 2},
       {0, 21, 21, 33, 21, 21, 21, 26, 2}},
      {"bart-1",
       1,
       R"("no_repeat_ngram_size": 2, "min_length": 5, "repetition_penalty": 1.2,)",
       {28, 24, 28, 28, 22, 28, 10, 28, 2},
       {28, 24, 28, 28, 22, 28, 10, 28, 2}},
      {"marian-1",
       2,
       R"("suppress_tokens": [18, 13], "begin_suppress_tokens": [10], "no_repeat_ngram_size": 1,)",
       {20, 30, 8, 26, 5, 3, 23, 31, 0},
       {6, 20, 23, 26, 10, 4, 37, 33, 0}},
      {"m2m_100-1",
       3,
       R"("forced_bos_token_id": 7,)",
       {7, 27, 27, 27, 27, 27, 27, 27, 27},
       {7, 27, 27, 27, 27, 27, 27, 27, 27}},
      {"marian-1", 6, "", {18, 18, 18, 18, 18, 18, 18, 18, 0}, {13, 20, 23, 23, 23, 10, 10, 10, 0}},
  };
  for (const Wanted& wanted : all) {
    CAPTURE(wanted.folder);
    CAPTURE(wanted.keys);
    const TextFolder folder(wanted.folder);
    folder.change_config("\"model_type\"", std::string(wanted.keys) + "\"model_type\"");
    const std::string beams = std::to_string(wanted.beams);
    folder.convert("--max batch=" + beams);
    const std::vector<Json> lines = translated(folder, "--beams " + beams);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["tokens"] == wanted.first);
    CHECK(lines[1]["tokens"] == wanted.second);
  }
}

TEST_CASE(
    "translate: without --beams those of the checkpoint count, where there is room for them") {
  const TextFolder folder("marian-1");
  folder.convert("--max batch=6");
  const Ids beams = translated(folder)[1]["tokens"],
            greedy = translated(folder, "--beams 1")[1]["tokens"];
  CHECK(beams == Ids{13, 20, 23, 23, 23, 10, 10, 10, 0});
  CHECK(greedy == Ids{13, 13, 13, 13, 10, 13, 10, 10, 0});
  folder.convert("--max batch=2");
  const Outcome note =
      fovea("translate " + folder.model + " --json --max-tokens 9 'The dogs ran home!'");
  CHECK(note.err.find("looks with 6 beams") != std::string::npos);
  CHECK(Json::parse(note.out)["tokens"] == greedy);
  const Outcome refused = fovea("translate " + folder.model + " --beams 3 a");
  CHECK(refused.code == 1);
  CHECK(refused.err.find("--max batch=3") != std::string::npos);
}

TEST_CASE("inspect shows how texts are looked for, and what a decoder must and may not give") {
  const TextFolder folder("m2m_100-1");
  folder.change_config("\"model_type\"",
                       R"("num_beams": 4, "length_penalty": 0.5, "early_stopping": true,
      "no_repeat_ngram_size": 3, "min_length": 2, "repetition_penalty": 1.5,
      "begin_suppress_tokens": [18, 13], "suppress_tokens": [9], "forced_bos_token_id": 7,
      "forced_eos_token_id": 2, "model_type")");
  folder.convert();
  const Json json = Json::parse(fovea("inspect --json " + folder.model).out);
  const Json search = json["search"], special = json["special_tokens"];
  CHECK(search["beams"] == 4);
  CHECK(search["length_penalty"] == 0.5);
  CHECK(search["stopping"] == "at once");
  CHECK(search["no_repeat"] == 3);
  CHECK(search["least"] == 2);
  CHECK(search["repetition_penalty"] == 1.5);
  CHECK(special["start"] == Json::array({2}));
  CHECK(special["forced"] == Json::array({7}));
  CHECK(special["forced_last"] == Json::array({2}));
  CHECK(special["suppressed"] == Json::array({9}));
  CHECK(special["suppressed_first"] == Json::array({18, 13}));
  const std::string text = fovea("inspect " + folder.model).out;
  CHECK(text.find("4 beams, length penalty 0.5, ends at once, no 3 tokens in a row again, "
                  "2 tokens at least") != std::string::npos);
  CHECK(text.find("[18,13]") != std::string::npos);
  const TextFolder single("m2m_100-1");
  single.change_config("\"model_type\"", R"("no_repeat_ngram_size": 2, "model_type")");
  single.convert();
  CHECK(fovea("inspect " + single.model).out.find("\n  1 beam, no 2 tokens in a row again\n") !=
        std::string::npos);
  const TextFolder silent("m2m_100-1");
  silent.convert();
  CHECK(Json::parse(fovea("inspect --json " + silent.model).out)["search"].is_null());
}

TEST_CASE("translate: what a folder says of choosing has to make sense") {
  for (const char* keys :
       {R"("num_beams": 0,)", R"("num_beams": 1.5,)", R"("early_stopping": "soon",)",
        R"("length_penalty": "1",)", R"("repetition_penalty": 0,)", R"("min_length": -1,)"}) {
    const TextFolder wrong("bart-1");
    wrong.change_config("\"model_type\"", std::string(keys) + "\"model_type\"");
    const Outcome outcome = fovea("convert --quiet " + wrong.folder + " -o " + wrong.model);
    CAPTURE(keys);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find("it must be") != std::string::npos);
  }
}

namespace {

std::string varint(uint64_t value) {
  std::string made;
  for (; value >= 0x80; value >>= 7) made += static_cast<char>(value | 0x80);
  return made + static_cast<char>(value);
}
std::string message(uint32_t field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}

// A model of SentencePiece, of words.
std::string word_model(const std::vector<std::string>& words) {
  const auto piece = [](const std::string& text, uint64_t type) {
    return message(1, message(1, text) + varint(3 << 3) + varint(type));
  };
  std::string made = piece("<unk>", 2);
  for (const std::string& word : words) made += piece(word, 1);
  return made + message(2, varint(3 << 3) + varint(1));
}

}  // namespace

TEST_CASE("translate of a folder of Marian's, from text to text") {
  const TextFolder folder("marian-1");
  std::filesystem::remove(folder.folder + "/tokenizer.json");
  const std::vector<std::string> source = {"\xE2\x96\x81the",
                                           "\xE2\x96\x81"
                                           "cat",
                                           "\xE2\x96\x81sat", "\xE2\x96\x81", "s"};
  std::vector<std::string> target;
  Json vocabulary = {{"</s>", 0},     {"<unk>", 1},    {">>fra<<", 2}, {source[0], 31},
                     {source[1], 32}, {source[2], 34}, {"<pad>", 39}};
  for (int id = 3; id < 39; ++id) {
    if (id == 31 || id == 32 || id == 34) continue;
    target.push_back("\xE2\x96\x81w" + std::to_string(id));
    vocabulary[target.back()] = id;
  }
  write_bytes(folder.folder + "/source.spm", word_model(source));
  write_bytes(folder.folder + "/target.spm", word_model(target));
  write_bytes(folder.folder + "/vocab.json", vocabulary.dump());
  folder.convert();
  const auto line = [&](const std::string& options) {
    const Outcome outcome =
        fovea("translate " + folder.model + " --json --max-tokens 4 " + options);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return Json::parse(outcome.out);
  };
  const Json plain = line("'the cat sat'"), coded = line("--to fra 'the cat sat'");
  CHECK(plain["source_tokens"] == Ids{31, 32, 34, 0});
  CHECK(coded["source_tokens"] == Ids{2, 31, 32, 34, 0});
  CHECK(line("'>>fra<< the cats'")["source_tokens"] == Ids{2, 31, 32, 1, 0});  // no id for s
  std::string words;
  for (const int32_t id : coded["tokens"].get<Ids>()) {
    if (id != 0) words += (words.empty() ? "w" : " w") + std::to_string(id);
  }
  CHECK(coded["text"] == words);
  CHECK(!words.empty());
  CHECK(fovea("translate " + folder.model + " --to xyz a").code == 2);
}

TEST_CASE("translate --from takes the place of the language around texts") {
  const TextFolder folder("m2m_100-1");
  folder.convert();
  // [CLS] ends texts of this model; [SEP] behind a text does nothing and takes a language's place.
  CHECK(translated(folder, "--from dog")[0]["source_tokens"] == Ids{2, 31, 32, 34, 33});
}

TEST_CASE("translate: what cannot be done is said in one line") {
  const TextFolder encoder("bert-7"), decoder("t5-1"), bart("bart-1");
  for (const TextFolder* folder : {&encoder, &decoder, &bart}) folder->convert();
  const auto refuse = [](const std::string& arguments, int code, const char* part) {
    CAPTURE(arguments);
    const Outcome outcome = fovea("translate " + arguments);
    CHECK(outcome.code == code);
    CHECK(outcome.err.find(part) != std::string::npos);
    CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  };
  refuse(encoder.model + " a", 1, "'decode'");
  refuse(decoder.model + " a", 1, "begins with");
  refuse(bart.model + " --to nowhere a", 2, "nowhere");
  std::string text;
  for (int i = 0; i < 30; ++i) text += "the ";
  refuse(bart.model + " '" + text + "'", 1, "32 tokens, the encoder holds 20");
  const Outcome note = fovea("convert --quiet " + decoder.folder + " -o " + decoder.model);
  CHECK(note.err.find("decoder_start_token_id") != std::string::npos);
}

}  // namespace fovea::test
