// The program `fovea` as a user meets it, on a small model made by hand: command lines, files,
// `run`.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/tiny_model.h"
#include "tests/tools/program.h"
#include "tests/tools/tiny_folder.h"
#include "tools/common/npy.h"

namespace fovea::test {
using Json = nlohmann::json;

TEST_CASE("a wrong command line is refused with code 2") {
  const TinyFolder model;
  check_refused(fovea(""), 2, "subcommand");
  check_refused(fovea("frobnicate"), 2, "frobnicate");
  for (const char* command : {"inspect", "verify", "run", "generate", "bench"}) {
    check_refused(fovea(command), 2, "FILE");
    check_refused(fovea(std::string(command) + " --nonsense"), 2, command);
    CHECK(fovea(std::string(command) + " --help").code == 0);
  }
  check_refused(fovea("run " + model.path), 2, "--output-dir");
  check_refused(fovea(model.run_arguments() + " --threads 0"), 2, "--threads");
  check_refused(fovea(model.run_arguments() + " --threads x"), 2, "--threads");
  check_refused(fovea(model.run_arguments() + " --input tokens"), 2, "NAME=VALUE");
  check_refused(fovea(model.run_arguments() + " --input tokens=x.npy"), 2, "twice");
  check_refused(fovea(model.run_arguments() + " --set batch=two"), 2, "not a number");
  check_refused(fovea("bench " + model.path + " --row nonsense"), 2, "portable");
  check_refused(fovea(model.run_arguments(), "FOVEA_ISA=nonsense"), 2, "portable");
  CHECK(fovea("--version").code == 0);
  CHECK(fovea("--help").code == 0);
}

TEST_CASE("what is not a model is refused with code 1") {
  const TinyFolder model;
  write_bytes(model.file("empty"), "");
  write_bytes(model.file("text"),
              "This is not a model, but it is long enough to hold a preamble.\n");
  for (const std::string command : {"inspect ", "verify ", "generate ", "bench "}) {
    check_refused(fovea(command + model.file("absent")), 1, "absent");
    check_refused(fovea(command + model.file("")), 1, "folder");
    check_refused(fovea(command + model.file("empty")), 1, "empty");
    check_refused(fovea(command + model.file("text")), 1, "text");
  }
  for (const size_t size :
       {size_t{1}, size_t{63}, size_t{64}, model.bytes.size() / 2, model.bytes.size() - 1}) {
    write_bytes(model.file("cut"), model.bytes.substr(0, size));
    check_refused(fovea("inspect " + model.file("cut")), 1, "cut");
  }
  std::string flipped = model.bytes;
  flipped[200] = static_cast<char>(flipped[200] ^ 16);
  write_bytes(model.file("flipped"), flipped);
  check_refused(fovea("inspect " + model.file("flipped")), 1, "flipped");
}

TEST_CASE("run gives what the C interface gives, on any row and threads") {
  const TinyFolder model;
  for (const char* variant : {"", " --threads 3", " --set batch=2"}) {
    check_done(fovea(model.run_arguments() + variant));
    const tools::Npy npy = tools::read_npy(model.file("out/logits.npy"));
    CHECK(npy.type == FOVEA_FLOAT32);
    CHECK(npy.shape == std::vector<uint64_t>{6, kTinyVocabulary});
    CHECK(npy.data == model.logits);
  }
  check_done(fovea(model.run_arguments(), "FOVEA_ISA=portable"));
  CHECK(tools::read_npy(model.file("out/logits.npy")).data == model.logits);
  const Outcome traced = fovea(model.run_arguments() + " --trace");
  check_done(traced);
  CHECK(traced.out.rfind("forward 0 Embedding ", 0) == 0);
}

TEST_CASE("run says what is wrong with an input, and writes nothing") {
  const TinyFolder model;
  const std::string start = "run " + model.path + " --output-dir " + model.file("out");
  const std::string ids = " --input tokens=" + model.file("ids.npy");
  const std::string lengths = " --input lengths=" + model.file("lengths.npy");
  const size_t files = model.count();
  check_refused(fovea(start + ids), 1, "input 'lengths' of 'forward' is missing");
  check_refused(fovea(start + ids + lengths + " --input more=x.npy"), 1, "no input 'more'");
  check_refused(fovea(start + ids + lengths + " --method other"), 1, "forward, next");
  check_refused(fovea(start + ids + lengths + " --set width=3"), 1, "batch, tokens");
  check_refused(fovea(start + ids + lengths + " --set batch=1"), 1, "--set");
  check_refused(fovea(start + ids + lengths + " --set tokens=17"), 1, "from 1 to 16");
  check_refused(fovea(start + lengths + " --input tokens=absent.npy"), 1, "absent.npy");
  check_refused(fovea(start + lengths + " --input tokens=" + model.path), 1, "not a .npy file");
  CHECK(model.count() == files);

  const auto bad_ids = [&](uint32_t type, std::vector<uint64_t> shape, std::vector<int32_t> data) {
    tools::write_npy(model.file("bad.npy"), type, shape, bytes_of(data));
    return fovea(start + lengths + " --input tokens=" + model.file("bad.npy"));
  };
  check_refused(bad_ids(FOVEA_FLOAT32, {6}, kIds), 1,
                "is float32, input 'tokens' is int32: its element [0]");
  check_refused(bad_ids(FOVEA_INT32, {2, 3}, kIds), 1, "[2, 3], input 'tokens' is [tokens]");
  check_refused(bad_ids(FOVEA_INT32, {17}, std::vector<int32_t>(17)), 1,
                "dim 'tokens' would be 17, from 1 to 16");
  check_refused(bad_ids(FOVEA_INT32, {0}, {}), 1, "dim 'tokens' would be 0");
  check_refused(bad_ids(FOVEA_INT32, {5}, {3, 1, 4, 1, 5}), 1,
                "the lengths add up to 6 where the dim 'tokens' is 5");
  check_refused(bad_ids(FOVEA_INT32, {6}, {3, 1, 4, 19, 5, 9}), 1, "19");
  check_refused(bad_ids(FOVEA_INT32, {6}, {3, 1, -4, 1, 5, 9}), 1, "tiny.fovea");
  CHECK(model.count() == files + 1);

  check_refused(fovea("run " + model.path + ids + lengths + " --output-dir " + model.path), 1,
                "tiny.fovea");
}

TEST_CASE("generate needs a tokenizer") {
  const TinyFolder model;
  check_refused(fovea("generate " + model.path + " --prompt x"), 1, "no tokenizer 'text'");
}

TEST_CASE("bench") {
  const TinyFolder model;
  for (const char* method : {"forward", "next"}) {
    const Outcome outcome = fovea("bench " + model.path + " --set tokens=2 --position 5 --method " +
                                  method + " --seconds 0.05 --profile --json");
    check_done(outcome);
    const Json json = Json::parse(outcome.out);
    CHECK(json["method"] == method);
    CHECK(json["dims"]["tokens"] == 2);
    CHECK(json["microseconds"]["median"] > 0);
    CHECK(json["gflops"] > 0);
    CHECK(json["gflops_limit"]["median"] > json["gflops"]);
    CHECK(json["operators"].size() > 5);
  }
  const Outcome text = fovea("bench " + model.path + " --seconds 0.05 --profile --threads 2");
  check_done(text);
  CHECK(contains(text.out, "GFLOP/s"));
  check_refused(fovea("bench " + model.path + " --position 39 --seconds 0.05"), 1, "context");
}

}  // namespace fovea::test
