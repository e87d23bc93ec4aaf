// What `fovea verify` finds: damaged weights, other bits, and the operator that made them.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

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

}  // namespace fovea::test
