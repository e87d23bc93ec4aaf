// `fovea plan` refuses what `fovea convert` refuses, and both say what they made.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/tools/program.h"
#include "tools/common/mapped_file.h"
#include "tools/common/table.h"
#include "tools/write/read.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

// dates: a context of 12 target tokens, 48 source tokens.
struct PlannedDates : TemporaryFolder {
  explicit PlannedDates(const std::string& maxima = "") {
    const Outcome outcome = fovea("convert examples/dates " + maxima + " -o " + path);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    summary = outcome.err;
  }
  Outcome plan(const std::string& maxima) const {
    return fovea("plan " + path + " " + maxima + " -o " + file("planned.fovea"));
  }
  std::string path = file("dates.fovea"), summary;
};

uint32_t maximum(const std::string& path, const std::string& name) {
  const Json json = Json::parse(fovea("inspect --json " + path).out);
  for (const Json& dim : json["dims"]) {
    if (dim["name"] == name) return dim["max"];
  }
  return 0;
}

}  // namespace

TEST_CASE("the same maxima are refused by both, with what is allowed") {
  const PlannedDates dates;
  for (const auto& row : {std::pair<std::string, std::string>{
                              "--max tokens=13", "tokens=13: this model allows 1 to 12"},
                          {"--max context=100000", "this model allows 1 to 12"},
                          {"--max context=13", "this model allows 1 to 12"},
                          {"--max context=5 --max tokens=6", "tokens=6: this model allows 1 to 5"},
                          {"--max source_tokens=49", "this model allows 1 to 48"},
                          {"--max tokens=0", "this model allows 1 to 12"},
                          {"--max context=0", "this model allows 1 to 12"},
                          {"--max frames=3", "no such dim"}}) {
    const std::string& maxima = row.first;
    const std::string& line = row.second;
    CAPTURE(maxima);
    check_refused(dates.plan(maxima), 2, line);
    check_refused(fovea("convert examples/dates " + maxima + " -o " + dates.file("x")), 2, line);
  }
  CHECK(dates.count() == 1);
}

TEST_CASE("a batch that the file was not made for") {
  const PlannedDates one;
  check_refused(one.plan("--max batch=2"), 2, "convert the checkpoint again with --max batch=2");
  const PlannedDates two("--max batch=2");
  CHECK(two.plan("--max batch=3").code == 0);
  CHECK(maximum(two.file("planned.fovea"), "batch") == 3);
  check_refused(two.plan("--max batch=65537"), 2, "this model allows 1 to 65536");
}

uint64_t planned_bytes(const std::string& path) {
  return Json::parse(fovea("inspect --json " + path).out)["arena"]["planned"];
}

TEST_CASE("the arena of a batch is sized by its tokens in all") {
  const std::string batch = "--max batch=32 ";
  const PlannedDates longest(batch), packed(batch + "--max source_tokens=256"), one("");
  CHECK(maximum(longest.path, "source_tokens") == 32 * 48);
  CHECK(maximum(longest.path, "tokens") == 32);
  CHECK(planned_bytes(packed.path) * 4 < planned_bytes(longest.path));
  // 256 of the one sequence's 48 tokens, and keys that begin at a multiple of 16 slots.
  CHECK(planned_bytes(packed.path) * 48 < planned_bytes(one.path) * 256 * 2);
  // A source may still have its 48 tokens.
  const Json json = Json::parse(fovea("inspect --json " + packed.path).out);
  CHECK(json["caches"][0]["context"] == 48);
  CHECK(json["dims"].size() == 4);  // those and one for the blocks of all layers' keys
}

TEST_CASE("a batch that does not fit is told how it would") {
  const PlannedDates batch("--max batch=32");
  const Outcome one = fovea("inspect --fit ram=4000000 " + batch.path);
  CHECK(one.code == 1);
  CHECK_MESSAGE(contains(one.out + one.err, "--max batch="), one.out, one.err);
  // Less than any maximum alone gives.
  const Outcome all = fovea("inspect --fit ram=200000 " + batch.path);
  CHECK(all.code == 1);
  CHECK_MESSAGE(contains(all.out + all.err, "--max batch=1 --max context=1 --max source_tokens="),
                all.out, all.err);
}

TEST_CASE("planning a batch again gives the bytes that converting gives") {
  const PlannedDates two("--max batch=2"), packed("--max batch=32 --max source_tokens=256");
  CHECK(two.plan("--max batch=32 --max source_tokens=256").code == 0);
  CHECK(read_bytes(two.file("planned.fovea")) == read_bytes(packed.path));
  CHECK(packed.plan("--max batch=2 --max source_tokens=96 --max tokens=12").code == 0);
  CHECK(read_bytes(packed.file("planned.fovea")) == read_bytes(two.path));
  // Rows that were the most of two sequences become the most of three.
  const PlannedDates three("--max batch=3");
  CHECK(two.plan("--max batch=3").code == 0);
  CHECK(read_bytes(two.file("planned.fovea")) == read_bytes(three.path));
  check_refused(two.plan("--max source_tokens=97"), 2, "this model allows 1 to 96");
  check_refused(two.plan("--max tokens=25"), 2, "this model allows 1 to 24");
  check_refused(two.plan("--max source_tokens_blocks=5"), 2,
                "this dim follows from others; set source_tokens");
}

TEST_CASE("the fingerprint of a batch mixes several tokens, one and none") {
  const PlannedDates batch("--max batch=4");
  const tools::MappedFile file(batch.path);
  const schema::ModelT model = std::move(tools::read_model(file).model);
  for (const auto& run : model.fingerprint) {
    const schema::MethodT& method = *model.methods[run->method];
    const auto at = std::find(method.inputs.begin(), method.inputs.end(), method.lengths);
    REQUIRE(at != method.inputs.end());
    const auto& bytes = run->inputs[static_cast<size_t>(at - method.inputs.begin())]->data;
    std::vector<int32_t> lengths(bytes.size() / sizeof(int32_t));
    std::memcpy(lengths.data(), bytes.data(), bytes.size());
    std::sort(lengths.begin(), lengths.end());
    CAPTURE(method.name);
    CHECK(lengths.front() == 0);
    CHECK(lengths.back() > 1);
    CHECK(std::count(lengths.begin(), lengths.end(), 1) > 0);
  }
}

TEST_CASE("a smaller context bounds the tokens of a run, and may grow again") {
  const PlannedDates dates;
  CHECK(dates.plan("--max context=5").code == 0);
  CHECK(maximum(dates.file("planned.fovea"), "tokens") == 5);
  CHECK(fovea("plan " + dates.file("planned.fovea") + " --max context=12 --max tokens=12 -o " +
              dates.file("grown.fovea"))
            .code == 0);
  CHECK(read_bytes(dates.file("grown.fovea")) == read_bytes(dates.path));
}

TEST_CASE("a context past the model's own is refused though its positions are rotary") {
  const TemporaryFolder folder;
  const LlamaShape shape = random_llama_shape(3);
  write_checkpoint(random_llama(shape, 3), folder.file(""));
  const std::string small = folder.file("small.fovea");
  CHECK(fovea("convert " + folder.file("") + " --max context=17 -o " + small).code == 0);
  // Linear scaling stretches what the config promises.
  const uint32_t context = static_cast<uint32_t>(shape.context * shape.linear_scaling);
  const std::string most = std::to_string(context);
  CHECK(fovea("plan " + small + " --max context=" + most + " -o " + folder.file("a")).code == 0);
  check_refused(fovea("plan " + small + " --max context=" + std::to_string(context + 1) + " -o " +
                      folder.file("b")),
                2, "this model allows 1 to " + most);
}

TEST_CASE("each --max takes one value, so that a file may follow") {
  const PlannedDates dates;
  CHECK(fovea("convert --max tokens=4 --max batch=2 examples/dates -o " + dates.file("a")).code ==
        0);
  CHECK(maximum(dates.file("a"), "tokens") == 4);
  CHECK(fovea("plan --max tokens=4 " + dates.path + " -o " + dates.file("b")).code == 0);
  CHECK(maximum(dates.file("b"), "tokens") == 4);
}

TEST_CASE("conversion ends with a summary") {
  const auto expect = [](const PlannedDates& dates, const std::string& parameters,
                         const std::string& maxima) {
    const Json json = Json::parse(fovea("inspect --json " + dates.path).out);
    const auto bytes = [&](const Json& value) { return tools::grouped(value.get<uint64_t>()); };
    CHECK(dates.summary == dates.path + ": " + bytes(json.at("bytes")) + " bytes\n  model      " +
                               parameters + "\n  methods    encode, decode\n  memory     " +
                               bytes(json.at("arena").at("total")) +
                               " bytes for a session with one thread\n  maxima     " + maxima +
                               ": --max NAME=N changes them\n  tokenizer  source, 120 pieces\n"
                               "  tokenizer  target, 15 pieces\n");
  };
  const std::string parameters = "fovea-encoder-decoder, 439,375 parameters, stored as ";
  const PlannedDates dates("--max tokens=4");
  expect(dates, parameters + "f32", "source_tokens 48, tokens 4 (up to 12), context 12");
  expect(PlannedDates("--max batch=2 --weights f16"), parameters + "f16",
         "source_tokens 96, tokens 12 (up to 24), batch 2, context 12");
  expect(PlannedDates("--max context=9"), parameters + "f32",
         "source_tokens 48, tokens 9 (up to 12), context 9 (up to 12)");
  CHECK(contains(dates.plan("--max tokens=3").err, "tokens 3 (up to 12)"));
  CHECK(fovea("convert --quiet examples/dates -o " + dates.file("q")).err.empty());
}

TEST_CASE("a missing tokenizer is named when converting") {
  const TemporaryFolder folder;
  write_checkpoint(random_llama(random_llama_shape(3), 3), folder.file(""));
  const std::string command = "convert " + folder.file("") + " -o " + folder.file("x");
  std::string err = fovea(command).err;
  const std::string without = "; without one, tokens are given and shown as ids, see --tokenizer\n";
  CHECK_MESSAGE(contains(err, "tokenizer  none" + without), err);
  CHECK_MESSAGE(contains(err, "methods    forward, next"), err);  // in the same columns
  write_bytes(folder.file("tokenizer.json"), "{}");
  check_refused(fovea(command), 1,
                "tokenizer.json: model is missing; --no-tokenizer converts the model without one");
  err = fovea(command + " --no-tokenizer").err;
  CHECK_MESSAGE(contains(err, "tokenizer  none: tokenizer.json was not read" + without), err);
  write_bytes(folder.file("vocab.txt"), "");
  err = fovea(command + " --no-tokenizer").err;
  CHECK_MESSAGE(contains(err, "none: tokenizer.json, vocab.txt was not read" + without), err);
  check_refused(fovea(command + " --tokenizer " + folder.file("tokenizer.json")), 1,
                "tokenizer.json: model is missing");
}

}  // namespace fovea::test
