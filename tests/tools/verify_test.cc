// What `fovea verify` finds: damaged weights, other bits, and the operator that made them.

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/program.h"
#include "tests/tools/tiny_folder.h"

namespace fovea::test {

using Json = nlohmann::json;

TEST_CASE("verify") {
  const TinyFolder model;
  const Outcome good = fovea("verify " + model.path);
  check_done(good);
  CHECK(contains(good.out, "portable"));
  CHECK_FALSE(contains(good.out, "FAILED"));
  CHECK(Json::parse(fovea("verify --json " + model.path).out)["ok"] == true);

  std::string flipped = model.bytes;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  write_bytes(model.file("weights"), flipped);
  const Outcome weights = fovea("verify " + model.file("weights"));
  CHECK(weights.code == 1);
  CHECK(contains(weights.err, "weights"));

  write_bytes(model.file("print"), text_of_image(fingerprinted(model.crc ^ 1)));
  const Outcome print = fovea("verify " + model.file("print"));
  CHECK(print.code == 1);
  CHECK(contains(print.out, "fingerprint FAILED"));
}

TEST_CASE("verify names the first operator that differs") {
  const TinyFolder model;
  const std::string trace = model.file("trace.txt");
  check_done(fovea("verify " + model.path + " --write-trace " + trace));
  check_done(fovea("verify " + model.path + " --trace " + trace));

  std::string text = read_bytes(trace);
  size_t line = text.find("forward 3 ");
  REQUIRE(line != std::string::npos);
  const size_t crc = text.find('\n', line) - 1;
  text[crc] = text[crc] == '0' ? '1' : '0';
  write_bytes(trace, text);
  const Outcome differs = fovea("verify " + model.path + " --trace " + trace);
  CHECK(differs.code == 1);
  CHECK(contains(differs.err, "forward 3"));
  CHECK(contains(differs.err, "operator 4 of"));

  write_bytes(trace, "forward 0 Embedding\n");
  CHECK(contains(fovea("verify " + model.path + " --trace " + trace).err, "line 1"));
  write_bytes(trace, "");
  CHECK(fovea("verify " + model.path + " --trace " + trace).code == 1);
}

TEST_CASE("verify prints a line for each check, and the same as JSON") {
  const TinyFolder model;
  const Outcome portable = fovea("verify --threads 2 " + model.path, "FOVEA_ISA=portable");
  check_done(portable);
  std::istringstream lines(portable.out);
  std::vector<std::string> checks;
  for (std::string line; std::getline(lines, line);) checks.push_back(line);
  REQUIRE(checks.size() == 3);
  CHECK(checks[0].starts_with("structure   ok      "));
  CHECK(checks[0].ends_with(" bytes of header, 2 methods"));
  CHECK(checks[1].starts_with("weights     ok      "));
  CHECK(contains(checks[1], " bytes, CRC-32 "));
  CHECK(checks[2] == "fingerprint ok      portable, 2 threads");
  const Json json =
      Json::parse(fovea("verify --json --threads 2 " + model.path, "FOVEA_ISA=portable").out);
  CHECK(json["file"] == model.path);
  CHECK(!json.contains("error"));
  REQUIRE(json["checks"].size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(json["checks"][i]["ok"] == true);
    CHECK(checks[i].ends_with(json["checks"][i]["detail"].get<std::string>()));
  }
  write_bytes(model.file("print"), text_of_image(fingerprinted(model.crc ^ 1)));
  const Outcome wrong = fovea("verify --json " + model.file("print"), "FOVEA_ISA=portable");
  CHECK(wrong.code == 1);
  CHECK(contains(wrong.err, "fingerprint: portable: this machine computes other bits"));
  const Json failed = Json::parse(wrong.out);
  CHECK(failed["ok"] == false);
  CHECK(failed["checks"][2]["ok"] == false);
  write_bytes(model.file("text"), "no model");
  const Json none = Json::parse(fovea("verify --json " + model.file("text")).out);
  CHECK(none["ok"] == false);
  CHECK(contains(none["error"], "text"));
}

TEST_CASE("verify says how far a device's trace is this machine's") {
  const TinyFolder model;
  const std::string path = model.file("trace.txt");
  check_done(fovea("verify " + model.path + " --write-trace " + path));
  const std::string text = read_bytes(path);
  const auto count = std::count(text.begin(), text.end(), '\n') - 1;  // a comment stands first
  const auto said = [&](const std::string& device) {
    write_bytes(path, device);
    const Outcome outcome = fovea("verify " + model.path + " --trace " + path);
    return outcome.code == 0 ? outcome.out : outcome.err;
  };
  const std::string all = std::to_string(count), most = std::to_string(count - 1);
  CHECK(contains(said(text), "trace       ok      all " + all + " operators are the same\n"));
  const size_t last = text.rfind('\n', text.size() - 2) + 1;
  CHECK(contains(said(text.substr(0, last)), "trace: the first " + most +
                                                 " operators are the same, then the device has 0 "
                                                 "more lines and this machine 1"));
  CHECK(contains(said(text + "forward 99 Linear 00000000\n"),
                 "trace: the first " + all +
                     " operators are the same, then the device has 1 more "
                     "lines and this machine 0"));
  CHECK(contains(said("forward 0 Linear 00000000\n"),
                 "trace: operator 1 of " + all +
                     " is the first that differs: here \"forward 0 "
                     "Embedding "));
  // On standard output, where all else makes room for it.
  const Outcome piped = fovea("verify " + model.path + " --write-trace -");
  CHECK(piped.out == text);
  CHECK(contains(piped.err, "weights     ok"));
}

}  // namespace fovea::test
