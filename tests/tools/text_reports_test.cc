// Faults that users of other runtimes reported, where text and tokens meet a model: each with the
// right outcome, by the built program.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/support/cpu_time.h"
#include "tests/support/tiny_model.h"
#include "tests/tools/text_reports.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Ids = std::vector<int>;

Outcome convert(const std::string& folder, const std::string& tokenizer, const std::string& to) {
  return fovea("convert " + kReports + "/" + folder + " --tokenizer " + tokenizer + " -o " + to);
}

}  // namespace

TEST_CASE("07: a long prompt is encoded fast, and refused before a model is bound") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea"), text = folder.file("text");
  REQUIRE(fovea("convert " + kStories + "/stories260K.bin --tokenizer " + kStories +
                "/tok512.bin -o " + file)
              .code == 0);
  std::string prompt;
  while (prompt.size() < 3000) prompt += "the little dog ran to play with her ball and ";
  write_bytes(text, prompt);
  check_refused(fovea("generate " + file + " --prompt-file " + text), 1,
                "tokens, the context holds 512");
  std::string ids = "1";
  for (int i = 1; i < 512; ++i) ids += ",403";
  CHECK(fovea("generate " + file + " --max-tokens 1 --tokens " + ids).code == 0);
  check_refused(fovea("generate " + file + " --max-tokens 1 --tokens " + ids + ",403"), 1,
                "the prompt has 513 tokens, the context holds 512");
  write_bytes(text, std::string(1 << 20, 'x'));  // no token can be that long
  check_refused(fovea("generate " + file + " --prompt-file " + text), 1, "too many");
}

TEST_CASE("07: 64 KB of text and a megabyte without a space") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string path = folder.file("m.fovea");
  REQUIRE(fovea("convert " + kStories + "/stories260K.bin --tokenizer " + kStories +
                "/tok512.bin -o " + path)
              .code == 0);
  const std::string bytes = read_bytes(path);
  Image image(bytes.size());
  std::copy(bytes.begin(), bytes.end(), image.data());
  fovea_model model;
  REQUIRE(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_OK);
  const auto seconds = [&](const std::string& text) {
    std::vector<int32_t> ids(FOVEA_ENCODE_ROOM(text.size()));
    return cpu_seconds(5, [&] {
      size_t count = 0;
      REQUIRE(fovea_encode(&model, 0, text.data(), text.size(), ids.data(), ids.size(), &count,
                           nullptr) == FOVEA_OK);
      CHECK(count > text.size() / 20);
    });
  };
  const char* words[] = {"the", "little", "girl", "dog", "was", "happy", "and", "ran", "to"};
  std::string text;
  for (size_t i = 0; text.size() < 65536; ++i)
    text += std::string(words[(i * 7 + i / 3) % 9]) + " ";
  const double short_seconds = seconds(text);
  std::string unbroken;
  for (size_t i = 0; unbroken.size() < (1u << 20); ++i) unbroken += words[(i * 5 + i / 7) % 9];
  const double long_seconds = seconds(unbroken);
  MESSAGE("64 KB: ", short_seconds, " s; 1 MB: ", long_seconds, " s");
  // Several times what a build with optimisation takes; a quadratic one takes minutes.
  CHECK(short_seconds < 0.5 * kPatience);
  CHECK(long_seconds < 10 * kPatience);
}

TEST_CASE("08: bytes stand where their pieces say") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  REQUIRE(convert("08", kReports + "/08/tokenizer.bin", file).code == 0);
  const Outcome made = fovea("generate " + file + " --prompt az --max-tokens 1 --json");
  REQUIRE(made.code == 0);
  CHECK(Json::parse(made.out)["prompt_tokens"] == Ids{1, 266, 267, 132});
  CHECK(fovea("generate " + file + " --prompt az --max-tokens 1").out.rfind("az", 0) == 0);
}

TEST_CASE("08: without pieces for bytes a character is unknown") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("n.fovea");
  REQUIRE(convert("08/nobyte", kReports + "/08/nobyte/tokenizer.bin", file).code == 0);
  const Outcome made = fovea("generate " + file + " --prompt abz --max-tokens 1 --json");
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const Ids ids = Json::parse(made.out)["prompt_tokens"];
  CHECK(ids.front() == 1);
  CHECK(ids.back() == 0);
}

TEST_CASE("09: a tokenizer may have fewer pieces than the model has rows") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  const Outcome made = convert("09", kStories + "/tok512.bin", file);
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const std::string asked = "generate " + file + " --max-tokens 3 ";
  CHECK(fovea(asked + "--prompt Once").code == 0);
  CHECK(fovea(asked + "--tokens 1,575").code == 0);  // nothing is shown for 575
  check_refused(fovea(asked + "--tokens 1,576"), 1, "576");
}

TEST_CASE("09: a tokenizer with more pieces than rows is refused") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  check_refused(convert("08/nobyte", kStories + "/tok512.bin", file), 1,
                "512 pieces, the model has only 20 ids");
  CHECK(!fs::exists(file));
}

TEST_CASE("12: logits that are no finite numbers end generate with one line") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea");
  REQUIRE(convert("12", kReports + "/12/tokenizer.bin", file).code == 0);
  const std::string asked = "generate " + file + " --prompt A --max-tokens 6";
  for (const char* mode : {"", " --json", " --temperature 1 --top-p 0.9", " --temperature 1"}) {
    check_refused(fovea(asked + mode), 1, "no finite number");
  }
}

TEST_CASE("12: numbers on a command line that are none, or out of range") {
  for (const char* number :
       {"--temperature nan", "--temperature -nan", "--temperature inf",
        "--temperature 101", "--temperature=-1",   "--temperature 1x",
        "--top-p nan",       "--top-p 1.01",       "--top-p=-0.1",
        "--top-k=-1",        "--top-k 1.5",        "--top-k 4294967296",
        "--top-k nan",       "--seed=-1",          "--seed 18446744073709551616",
        "--max-tokens 0",    "--max-tokens 1e3",   "--max-tokens nan",
        "--threads 0",       "--threads 257",      "--threads nan"}) {
    check_refused(fovea(std::string("generate none.fovea ") + number), 2, " to ");
  }
  for (const char* number : {"--seconds nan", "--seconds 0", "--seconds 3601", "--seconds inf",
                             "--position=-1", "--position nan", "--threads nan"}) {
    check_refused(fovea(std::string("bench none.fovea ") + number), 2, " to ");
  }
  check_refused(fovea("run none.fovea --output-dir x --threads nan"), 2, " to ");
  check_refused(fovea("verify none.fovea --threads nan"), 2, " to ");
  // Good numbers reach the file.
  check_refused(fovea("generate none.fovea --temperature .5 --top-p 1e-3 --top-k 4000000000 "
                      "--seed 18446744073709551615 --threads 256"),
                1, "none.fovea");
}

TEST_CASE("a prompt from a file or from standard input, without its last line end") {
  if (!have_data()) return;
  const TemporaryFolder folder;
  const std::string file = folder.file("m.fovea"), text = folder.file("text");
  REQUIRE(fovea("convert " + kStories + "/stories260K.bin --tokenizer " + kStories +
                "/tok512.bin -o " + file)
              .code == 0);
  const std::string asked = "generate " + file + " --max-tokens 8 --top-k 100000";
  const std::string expected = fovea(asked + " --prompt 'Once upon'").out;
  for (const char* content : {"Once upon", "Once upon\n", "Once upon\r\n"}) {
    write_bytes(text, content);
    CHECK(fovea(asked + " --prompt-file " + text).out == expected);
  }
  check_refused(fovea(asked + " --prompt-file " + folder.file("none")), 1, "none");
  check_refused(fovea(asked + " --prompt x --prompt-file " + text), 2, "--prompt");
  // Standard input is closed in these tests, so it is empty.
  check_refused(fovea(asked + " --prompt-file -"), 1, "standard input: is empty");
  check_refused(fovea(asked + " --prompt-file ''"), 1, "cannot be read");
  check_refused(fovea(asked + " --tokens ''"), 2, "give ids");
  CHECK(fovea(asked + " --prompt ''").out == fovea(asked).out);
  const std::string endless = "mkfifo " + folder.file("pipe") + "; yes > " + folder.file("pipe") +
                              " & $FOVEA " + asked + " --prompt-file " + folder.file("pipe");
  check_refused(shell(endless), 1, "pipe: has more than 3586 bytes");
  check_refused(shell("yes | $FOVEA " + asked + " --prompt-file -"), 1, "too many");
}

}  // namespace fovea::test
