// Command lines that are nearly right, and what verify says of what is wrong.

#include <doctest/doctest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/commands/converted_digits.h"
#include "tests/tools/program.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

}  // namespace

TEST_CASE("help") {
  CHECK(fovea("help").out == fovea("--help").out);
  for (const char* command :
       {"convert", "inspect", "verify", "run", "generate", "bench", "plan", "firmware", "help"}) {
    const Outcome help = fovea(std::string("help ") + command);
    CHECK(help.code == 0);
    CHECK(help.out == fovea(std::string(command) + " --help").out);
  }
  check_refused(fovea("help verfy"), 2, "did you mean 'verify'?");
}

TEST_CASE("misspelt commands and options are named, with what was meant") {
  check_refused(fovea("isnpect x"), 2, "no subcommand 'isnpect': did you mean 'inspect'?");
  check_refused(fovea("zzzzzzzzzzzz"), 2, "no subcommand 'zzzzzzzzzzzz'");
  CHECK(fovea("zzzzzzzzzzzz").err.find("mean") == std::string::npos);
  check_refused(fovea("run x --output-dir y --thread 3"), 2, "did you mean '--threads'?");
  check_refused(fovea("plan x -o y --mx tokens=3"), 2, "did you mean '--max'?");
  // It may be the one that is missing.
  check_refused(fovea("plan x --outptu y"), 2,
                "no option '--outptu': did you mean '--output'? (see fovea plan --help)");
  check_refused(fovea("inspect x -j"), 2, "no option '-j'");
}

TEST_CASE("checksums are hexadecimal when they are wrong, too") {
  ConvertedDigits model;
  model.bytes.back() = static_cast<char>(model.bytes.back() ^ 1);
  write_bytes(model.file("bad"), model.bytes);
  const Outcome outcome = fovea("verify " + model.file("bad"));
  const std::string good = fovea("verify " + model.path).out;
  const std::string crc = good.substr(good.find("CRC-32 ") + 7, 8);
  CHECK(outcome.code == 1);
  CHECK_MESSAGE(outcome.err.find("expected " + crc) != std::string::npos, outcome.err);
}

TEST_CASE("verify --json says in JSON what cannot be read") {
  const ConvertedDigits model;
  write_bytes(model.file("text"), "not a model");
  for (const char* name : {"absent", "text"}) {
    const Outcome outcome = fovea("verify --json " + model.file(name));
    CHECK(outcome.code == 1);
    const Json json = Json::parse(outcome.out);
    CHECK(json["ok"] == false);
    CHECK(json["file"] == model.file(name));
    CHECK(json["error"].get<std::string>().find(name) != std::string::npos);
  }
  const Json good = Json::parse(fovea("verify --json " + model.path).out);
  CHECK(good["ok"] == true);
  CHECK(!good.contains("error"));
}

TEST_CASE("verify --trace of a missing file fails before the checks, with the reason") {
  const ConvertedDigits model;
  const std::string absent = model.file("nosuch");
  check_refused(fovea("verify " + model.path + " --trace " + absent), 1,
                "nosuch: cannot be read: No such file");
  check_refused(fovea("verify " + model.path + " --write-trace " + absent + "/x"), 1,
                "cannot be written");
}

TEST_CASE("bench writes its first line without stray spaces") {
  const ConvertedDigits model;
  const std::string out = fovea("bench --seconds 0.01 " + model.path).out;
  CHECK(out.rfind("forward, ", 0) == 0);
}

}  // namespace fovea::test
