// What `fovea inspect` says of a small model made by hand.

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "fovea/fovea.hpp"
#include "tests/tools/program.h"
#include "tests/tools/tiny_folder.h"

namespace fovea::test {

using Json = nlohmann::json;

TEST_CASE("inspect") {
  const TinyFolder model;
  const Outcome text = fovea("inspect " + model.path);
  check_done(text);
  CHECK(text.err.empty());
  for (const char* word : {"forward", "next", "logits", "[tokens, 19]", "Attention", "kv",
                           "Panels16", "total", "each further thread", "2 states of float32"}) {
    CHECK_MESSAGE(contains(text.out, word), word);
  }
  const Outcome outcome = fovea("inspect --json " + model.path);
  check_done(outcome);
  const Json json = Json::parse(outcome.out);
  const Image image = fingerprinted(model.crc);
  const auto opened = api::Model::open(image.data(), image.size());
  CHECK(json["arena"]["total"] == opened->arena(1).total);
  CHECK(json["arena"]["per_thread"] == opened->arena(2).total - opened->arena(1).total);
  CHECK(json["bytes"] == model.bytes.size());
  CHECK(json["methods"][0]["outputs"][0]["shape"] == Json({"tokens", "19"}));
  CHECK(json["fingerprint"].size() == 1);
  CHECK(json["caches"][0]["types"] == Json({"float32"}));
  uint64_t count = 0, bytes = 0;  // all weights, of which the rest is filling
  for (const Json& layout : json["weights"]["layouts"]) {
    count += layout["count"].get<uint64_t>();
    bytes += layout["bytes"].get<uint64_t>();
  }
  const uint64_t all = json["weights"]["bytes"];
  CHECK(bytes <= all);
  CHECK(all - bytes < 64 * count);
}

TEST_CASE("inspect tells what caches keep, and their bytes") {
  const auto bytes = [](schema::DType type, const char* name) {
    const TemporaryFolder folder;
    const std::string path = folder.file("model.fovea");
    const Image image = tiny_model([&](schema::ModelT& m) { keep_caches(m, type); });
    write_bytes(path, text_of_image(image));
    const Json json = Json::parse(fovea("inspect --json " + path).out);
    CHECK(json["caches"][0]["types"] == Json({name}));
    CHECK(contains(fovea("inspect " + path).out, std::string("2 states of ") + name));
    return json["caches"][0]["bytes"].get<uint64_t>();
  };
  const uint64_t all = bytes(schema::DType::Float32, "float32");
  CHECK(bytes(schema::DType::Float16, "float16") == all / 2);
  // A code for each number, and a number for each slot of a head.
  CHECK(bytes(schema::DType::Int8, "int8") > all / 4);
  CHECK(bytes(schema::DType::Int8, "int8") < all / 2);
}

TEST_CASE("inspect estimates what a run costs on a board") {
  const TinyFolder model;
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

TEST_CASE("every operator of converted models was counted on every core") {
  std::map<std::string, std::set<std::string>> kinds;  // of a core, without functions
#define FOVEA_RATE(core, kind, format, ...) \
  kinds[core].insert(std::string(kind).substr(0, std::string(kind).find(' ')));
#include "tools/board/rates.inc"
#undef FOVEA_RATE
  CHECK(kinds.size() == 6);
  for (auto& of_core : kinds) {
    CAPTURE(of_core.first);
    std::set<std::string>& counted = of_core.second;
    counted.insert("Softmax");  // which the converter makes of nothing
#define FOVEA_OPERATOR(Kind, name) CHECK_MESSAGE(counted.count(#Kind) == 1, #Kind);
#include "runtime/operators.inc"
#undef FOVEA_OPERATOR
  }
}

TEST_CASE("inspect says what of the runtime a board's flash holds") {
  const TinyFolder model;
  const auto code = [&](const std::string& input, const char* options, const char* core) {
    const std::string file = model.file("model");
    check_done(fovea("convert --quiet " + input + options + " -o " + file));
    const Json json =
        Json::parse(fovea("inspect --json --board " + std::string(core) + " " + file).out);
    const Json& flash = json["board"]["flash"];
    CHECK(flash["model"] == std::filesystem::file_size(file));
    return flash.contains("code") ? flash["code"].get<int64_t>() : 0;
  };
  const std::string digits = FOVEA_EXAMPLES "/digits", dates = FOVEA_EXAMPLES "/dates";
  // The image of examples/firmware holds 40,944 bytes beside the model (README.md), some 1,800 of
  // which are its own and the board's.
  const int64_t plain = code(digits, "", "cortex-m4");
  CHECK(plain > 38600);
  CHECK(plain < 39600);
  for (const char* core : {"cortex-m7", "cortex-m33", "cortex-m55"}) {
    CHECK(code(digits, "", core) == doctest::Approx(static_cast<double>(plain)).epsilon(0.03));
  }
  // An operator of another format, Quantize and its kernel; caches, packed rows, words.
  CHECK(code(digits, " --weights int8", "cortex-m4") > plain);
  CHECK(code(dates, "", "cortex-m4") > plain + 4000);
  CHECK(code(digits, "", "rv32imc") == 0);
  CHECK(contains(fovea("inspect --board cortex-m4 " + model.path).out,
                 "the runtime's code and constants"));
}

TEST_CASE("inspect says the longest task of a sliced run") {
  const TinyFolder model;
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
  // Samples to hidden states: 4 rows of a convolution, 16 outputs of 3 taps of 16 columns each; a
  // frame's spectrum and a head's attention are less.
  const std::string whisper = model.file("whisper");
  check_done(fovea("convert --quiet " FOVEA_FAMILIES "/whisper-4 -o " + whisper));
  CHECK(Json::parse(fovea("inspect --json " + whisper).out)["methods"][0]["longest_task"] == 3072);
  // The attention of one head: examples/firmware/scheduler counts 36,221 with the loop around it.
  const auto counted = json_of_digits["board"]["methods"][0]["longest_task"].get<double>();
  CHECK(counted == doctest::Approx(36221).epsilon(0.1));
}

TEST_CASE("inspect lists the operators of a method, with their operands by name") {
  const TinyFolder model;
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

}  // namespace fovea::test
