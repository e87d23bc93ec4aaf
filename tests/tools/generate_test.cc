// A trained model from checkpoint to story, by the program alone.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/skip.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

const std::string kData = FOVEA_STORIES;

// The converted model, or nothing where the checkpoint is absent.
struct Stories : TemporaryFolder {
  explicit Stories(const std::string& maxima = "") {
    const Outcome outcome = fovea("convert " + kData + "/stories260K.bin --tokenizer " + kData +
                                  "/tok512.bin " + maxima + " -o " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  }
  std::string path = file("stories.fovea");
};

bool have_data() {
  if (std::filesystem::exists(kData + "/stories260K.bin")) return true;
  skip("shared/data/stories260K is absent");
  return false;
}

std::vector<int> numbers(const std::string& text) {
  std::istringstream words(text);
  std::vector<int> result;
  for (int number = 0; words >> number;) result.push_back(number);
  return result;
}

// In single quotes for a shell.
std::string quoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4) {
    text.replace(at, 1, "'\\''");
  }
  return "'" + text + "'";
}

}  // namespace

TEST_CASE("the story is llama2.c's, whatever is asked for the machine") {
  if (!have_data()) return;
  const std::string expected = read_bytes(kData + "/expected_stdout_karpathy_test_all.txt") + "\n";
  for (const char* maxima : {"", "--max tokens=7"}) {
    const Stories stories(maxima);
    for (const char* extra : {"", " --threads 2", " --threads 3"}) {
      const Outcome outcome = fovea("generate " + stories.path + " --max-tokens 200" + extra);
      CHECK(outcome.code == 0);
      CHECK(outcome.out == expected);
      CHECK(outcome.err.find("tokens/s") != std::string::npos);
    }
    CHECK(fovea("generate " + stories.path + " --max-tokens 200", "FOVEA_ISA=portable").out ==
          expected);
  }
}

TEST_CASE("tokens and text of the reference's prompts") {
  if (!have_data()) return;
  const Stories stories;
  for (const std::string name : {"p0_empty", "p1_once", "p2_lily"}) {
    const std::string path = kData + "/reference_dev/" + name;
    const std::vector<int> prompt = numbers(read_bytes(path + ".prompt_tokens.txt"));
    const std::vector<int> all = numbers(read_bytes(path + ".all_tokens.txt"));
    const std::string asked = "generate " + stories.path + " --prompt " +
                              quoted(read_bytes(path + ".prompt.txt")) + " --max-tokens " +
                              std::to_string(all.size() - prompt.size());
    CHECK(fovea(asked).out == read_bytes(path + ".text.txt") + "\n");
    const Json json = Json::parse(fovea(asked + " --json").out);
    CHECK(json["prompt_tokens"] == Json(prompt));
    CHECK(json["tokens"] == Json(std::vector<int>(all.begin() + long(prompt.size()), all.end())));
    CHECK(json["stopped"] == "max-tokens");
  }
}

TEST_CASE("with a window a context takes no memory, and inspect says how many slots there are") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  const auto convert = [&](const char* context) {
    return fovea("convert " + kData +
                 "/stories260K.bin --max window=64 --max kept=4 --max context=" + context + " -o " +
                 file)
        .code;
  };
  CHECK(convert("1000") == 0);
  const Json small = Json::parse(fovea("inspect --json " + file).out);
  CHECK(convert("16777216") == 0);
  const Json large = Json::parse(fovea("inspect --json " + file).out);
  CHECK(small["arena"] == large["arena"]);
  CHECK(large["caches"][0]["ring"] == 144);  // 64 tokens of a run, 63 before it, whole blocks
  CHECK(fovea("inspect " + file).out.find("16,777,216 tokens in 160 slots") != std::string::npos);
}

TEST_CASE("kept keys stand before the window, which says nothing until keys are dropped") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const auto tokens = [&](const std::string& more, int count) {
    const std::string file = folder.file("m.fovea");
    REQUIRE(fovea("convert --quiet " + kData + "/stories260K.bin --max window=24 --max kept=4 " +
                  "--max context=400 -o " + file + more)
                .code == 0);
    const Outcome made = fovea("generate " + file + " --json --max-tokens " +
                               std::to_string(count) + " --tokens 1,403,407");
    REQUIRE_MESSAGE(made.code == 0, made.err);
    return Json::parse(made.out);
  };
  const Json by_sequence = tokens("", 24), by_place = tokens(" --positions-in-cache", 24);
  CHECK(by_sequence["tokens"] == by_place["tokens"]);
  CHECK(tokens("", 300)["tokens"] != tokens(" --positions-in-cache", 300)["tokens"]);
  const std::string convert = "convert --quiet -o " + folder.file("no");
  check_refused(fovea(convert + " --positions-in-cache " + kData + "/stories260K.bin"), 2,
                "no attention keeps first keys; give --max window=N and --max kept=N");
  check_refused(fovea(convert + " --positions-in-cache --max window=8 --max kept=2 " +
                      FOVEA_EXAMPLES "/dates"),
                2, "queries of 'decode' are not rotated by their positions");
}

TEST_CASE("a prompt that does not fit, and one that just does") {
  if (!have_data()) return;
  const Stories stories;
  std::string prompt = "a";
  for (int i = 0; i < 600; ++i) prompt += " a";
  const Outcome refused = fovea("generate " + stories.path + " --prompt '" + prompt + "'");
  check_refused(refused, 1, "the context holds 512");
  prompt.resize(2 * 510 + 1);  // 511 words and the token that begins a text
  const Json json =
      Json::parse(fovea("generate " + stories.path + " --json --prompt '" + prompt + "'").out);
  CHECK(json["prompt_tokens"].size() == 512);
  CHECK(json["tokens"].size() <= 1);
}

TEST_CASE("sampling is repeatable and differs by seed") {
  if (!have_data()) return;
  const Stories stories;
  const std::string asked = "generate " + stories.path + " --max-tokens 40 --temperature 1 --seed ";
  const std::string first = fovea(asked + "1").out;
  CHECK(first == fovea(asked + "1").out);
  CHECK(first == fovea(asked + "1 --threads 2", "FOVEA_ISA=portable").out);
  CHECK(first != fovea(asked + "2").out);
  const std::string greedy = fovea("generate " + stories.path + " --max-tokens 40").out;
  CHECK(greedy == fovea(asked + "5 --top-k 1").out);
  CHECK(greedy == fovea(asked + "5 --top-p 0").out);
  CHECK(greedy != fovea(asked + "5 --top-k 40 --top-p 0.99").out);
}

}  // namespace fovea::test
