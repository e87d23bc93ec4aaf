// The program `fovea` as a user meets it, on a small model made by hand.

#include <doctest/doctest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "runtime/schema.h"
#include "tests/support/tiny_model.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

// 4 tokens of one sequence and 2 of another.
const std::vector<int32_t> kIds = {3, 1, 4, 1, 5, 9};
const std::vector<int32_t> kLengths = {4, 2};
const std::vector<uint64_t> kIdsShape = {6};
const std::vector<uint64_t> kLengthsShape = {2};

std::vector<uint8_t> bytes_of(const std::vector<int32_t>& values) {
  const auto* first = reinterpret_cast<const uint8_t*>(values.data());
  return {first, first + values.size() * sizeof(int32_t)};
}

// The logits' bytes of `forward` on the tokens above, by the C interface.
std::vector<uint8_t> forward(const Image& image) {
  const auto model = api::Model::open(image.data(), image.size());
  REQUIRE(model.ok());
  Image arena(model->arena().total);
  const auto session = model->bind(arena.data(), arena.size());
  REQUIRE(session.ok());
  REQUIRE(session->set_dim("batch", 2).ok());
  REQUIRE(session->set_dim("tokens", 6).ok());
  const auto method = session->method("forward");
  REQUIRE(method->set_input<int32_t>("tokens", {6}, kIds.data()).ok());
  REQUIRE(method->set_input<int32_t>("lengths", {2}, kLengths.data()).ok());
  REQUIRE(method->run().ok());
  const auto logits = method->output<float>("logits");
  REQUIRE(logits.ok());
  const auto* first = reinterpret_cast<const uint8_t*>(logits->data());
  return {first, first + logits->raw().bytes};
}

// A fingerprint of that run with this checksum.
void add_fingerprint(schema::ModelT& model, uint32_t crc) {
  auto run = std::make_unique<schema::FingerprintRunT>();
  run->method = 0;
  run->dims = {2, 6};
  for (const auto& input : model.methods[0]->inputs) {
    auto data = std::make_unique<schema::BytesT>();
    const bool lengths = model.methods[0]->tensors[input]->name == "lengths";
    data->data = bytes_of(lengths ? kLengths : kIds);
    run->inputs.push_back(std::move(data));
  }
  run->crc = crc;
  model.fingerprint.push_back(std::move(run));
}

std::string text_of_image(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

// A folder with the model, with a fingerprint, and the inputs of `forward`.
struct Model : TemporaryFolder {
  Model() {
    const Image plain = tiny_model();
    logits = forward(plain);
    crc = fovea_crc32(0, logits.data(), logits.size());
    bytes = text_of_image(tiny_model([&](schema::ModelT& m) { add_fingerprint(m, crc); }));
    write_bytes(path, bytes);
    tools::write_npy(file("ids.npy"), FOVEA_INT32, kIdsShape, bytes_of(kIds));
    tools::write_npy(file("lengths.npy"), FOVEA_INT32, kLengthsShape, bytes_of(kLengths));
  }

  // Arguments of a good run into folder `out`.
  std::string run_arguments() const {
    return "run " + path + " --method forward --input tokens=" + file("ids.npy") +
           " --input lengths=" + file("lengths.npy") + " --output-dir " + file("out");
  }

  std::string path = file("tiny.fovea");
  std::string bytes;
  std::vector<uint8_t> logits;
  uint32_t crc = 0;
};

// The whole line is there, the program ran and complained about nothing else.
void check_done(const Outcome& outcome) {
  INFO("standard error: ", outcome.err);
  CHECK(outcome.code == 0);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a wrong command line is refused with code 2") {
  const Model model;
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
  const Model model;
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

TEST_CASE("inspect") {
  const Model model;
  const Outcome text = fovea("inspect " + model.path);
  check_done(text);
  CHECK(text.err.empty());
  for (const char* word : {"forward", "next", "logits", "[tokens, 19]", "Attention", "kv",
                           "Panels16", "total", "each further thread"}) {
    CHECK_MESSAGE(contains(text.out, word), word);
  }
  const Outcome outcome = fovea("inspect --json " + model.path);
  check_done(outcome);
  const Json json = Json::parse(outcome.out);
  const Image image = tiny_model([&](schema::ModelT& m) { add_fingerprint(m, model.crc); });
  const auto opened = api::Model::open(image.data(), image.size());
  CHECK(json["arena"]["total"] == opened->arena(1).total);
  CHECK(json["arena"]["per_thread"] == opened->arena(2).total - opened->arena(1).total);
  CHECK(json["bytes"] == model.bytes.size());
  CHECK(json["methods"][0]["outputs"][0]["shape"] == Json({"tokens", "19"}));
  CHECK(json["fingerprint"].size() == 1);
}

TEST_CASE("inspect estimates what a run costs on a board") {
  const Model model;
  const Outcome text = fovea("inspect --board cortex-m4@168 " + model.path);
  check_done(text);
  for (const char* word : {"On cortex-m4", "instructions", " ms", "longest task"}) {
    CHECK_MESSAGE(contains(text.out, word), word);
  }
  const auto board = [&](const std::string& name) {
    const Outcome outcome = fovea("inspect --json --board " + name + " " + model.path);
    check_done(outcome);
    return Json::parse(outcome.out)["board"];
  };
  const Json slow = board("cortex-m4@50"), fast = board("cortex-m4@100"), bare = board("cortex-m4");
  CHECK(slow["methods"].size() == 2);
  for (size_t i = 0; i < slow["methods"].size(); ++i) {
    const Json& method = slow["methods"][i];
    CHECK(method["missing"].empty());
    uint64_t sum = 0, work = 0;
    for (const Json& op : method["operators"]) {
      CHECK_MESSAGE(op["instructions"] > 0, op["kind"]);
      sum += op["instructions"].get<uint64_t>();
      work += op["multiply_adds"].get<uint64_t>();
    }
    CHECK(method["instructions"] == sum);
    CHECK(method["multiply_adds"] == work);
    CHECK(method["longest_task"] > 0);
    CHECK(method["longest_task"].get<uint64_t>() < sum);
    const Json &least = method["milliseconds"]["least"], &most = method["milliseconds"]["most"];
    CHECK(least.get<double>() == doctest::Approx(static_cast<double>(sum) / 50e3));
    CHECK(most.get<double>() == doctest::Approx(2 * least.get<double>()));
    CHECK(fast["methods"][i]["milliseconds"]["least"].get<double>() ==
          doctest::Approx(least.get<double>() / 2));
    CHECK(!bare["methods"][i].contains("milliseconds"));
  }
  // Two kilobytes are promised of it (examples/firmware/README.md).
  CHECK(bare["stack"]["measured"] == true);
  CHECK(bare["stack"]["bytes"].get<uint32_t>() > 1000);
  CHECK(bare["stack"]["bytes"].get<uint32_t>() < 2048);
  CHECK(contains(text.out, "of examples/firmware, measured"));
  CHECK(board("rv32imc")["stack"]["measured"] == false);
  for (const char* bad :
       {"cortex-m5", "cortex-m4@", "cortex-m4@x", "cortex-m4@0", "cortex-m4@9x"}) {
    check_refused(fovea("inspect --board " + std::string(bad) + " " + model.path), 2, "--board");
  }
}

TEST_CASE("inspect says the longest task of a sliced run") {
  const Model model;
  const Json json = Json::parse(fovea("inspect --json " + model.path).out);
  for (const Json& method : json["methods"]) {
    const auto longest = method["longest_task"].get<uint64_t>();
    CHECK(longest > 0);
    CHECK(longest < method["max_work"]["multiply_adds"].get<uint64_t>());
  }
  // 4 rows and 32 outputs of 64 columns.
  const std::string digits = model.file("digits");
  check_done(fovea("convert --quiet " FOVEA_EXAMPLES "/digits -o " + digits));
  const Json json_of_digits = Json::parse(fovea("inspect --json --board cortex-m4 " + digits).out);
  CHECK(json_of_digits["methods"][0]["longest_task"] == 8192);
  // The attention of one head: examples/firmware/scheduler counts 36,221 with the loop around it.
  const auto counted = json_of_digits["board"]["methods"][0]["longest_task"].get<double>();
  CHECK(counted == doctest::Approx(36221).epsilon(0.1));
}

TEST_CASE("inspect lists the operators of a method, with their operands by name") {
  const Model model;
  const Outcome text = fovea("inspect --operators next " + model.path);
  check_done(text);
  CHECK(contains(text.out, "Operators of next"));
  CHECK(contains(text.out, "ids tokens, table "));
  CHECK(contains(text.out, "-> y logits"));
  const Json list =
      Json::parse(fovea("inspect --json --operators forward " + model.path).out)["operators_of"];
  const Json& operators = list["forward"];
  REQUIRE(operators.size() > 7);
  CHECK(operators[0]["inputs"] == Json({{"ids", "tokens"}}));
  CHECK(operators[3]["kind"] == "Linear");
  CHECK(operators[3]["weights"]["matrix"] == "qkv");
  CHECK(operators[8]["kind"] == "Attention");
  CHECK(operators[8]["states"] == Json({{"keys", "k"}, {"values", "v"}}));
  CHECK(operators[8]["inputs"].contains("query"));
  CHECK_FALSE(operators[8]["inputs"].contains("keys"));
  CHECK(operators[8]["outputs"]["y"].is_string());
  check_refused(fovea("inspect --operators nowhere " + model.path), 1, "'nowhere'");
}

TEST_CASE("verify") {
  const Model model;
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

  write_bytes(
      model.file("print"),
      text_of_image(tiny_model([&](schema::ModelT& m) { add_fingerprint(m, model.crc ^ 1); })));
  const Outcome print = fovea("verify " + model.file("print"));
  CHECK(print.code == 1);
  CHECK(contains(print.out, "fingerprint FAILED"));
}

TEST_CASE("verify names the first operator that differs") {
  const Model model;
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

TEST_CASE("run gives what the C interface gives, on any row and threads") {
  const Model model;
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
  const Model model;
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
  const Model model;
  check_refused(fovea("generate " + model.path + " --prompt x"), 1, "no tokenizer 'text'");
}

TEST_CASE("bench") {
  const Model model;
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
