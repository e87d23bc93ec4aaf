// `fovea translate` and `fovea generate` of encoder-decoders, against the ids that transformers'
// greedy generation gives of the same folders in double precision.

#include <doctest/doctest.h>

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
      // Forced to begin, too, as older releases said it.
      {"bart-2", {0, 26, 26, 26, 26, 26, 26, 26, 2}, {0, 21, 21, 21, 21, 21, 21, 21, 2}},
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
  CHECK(translated(folder)[0]["text"] == "v v v v v v v");
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
  CHECK(outcome.err.find("num_beams (6)") != std::string::npos);
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
