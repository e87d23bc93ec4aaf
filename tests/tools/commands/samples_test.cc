// `fovea convert --samples, --report and --weights auto`, as a user calls them.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/commands/text_folder.h"
#include "tests/tools/program.h"
#include "tools/common/npy.h"
#include "tools/common/npz.h"

namespace fovea::test {
namespace {

// A model of random weights, and arrays of tokens.
struct Sampled : TemporaryFolder {
  explicit Sampled(const std::string& family) : folder(FOVEA_FAMILIES "/" + family) {}

  Outcome convert(const std::string& options, const std::string& name = "model.fovea") const {
    return fovea("convert --quiet " + folder + " -o " + file(name) + " " + options);
  }
  // The bytes of the model.
  std::string converted(const std::string& options) const {
    const Outcome outcome = convert(options);
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.err == "");
    return read_bytes(file("model.fovea"));
  }
  static std::vector<uint8_t> array(const std::vector<int32_t>& tokens,
                                    const std::vector<uint64_t>& shape) {
    return tools::npy_bytes(
        FOVEA_INT32, shape,
        {reinterpret_cast<const uint8_t*>(tokens.data()), tokens.size() * sizeof(int32_t)});
  }
  std::string write(const std::string& name, const std::vector<uint8_t>& bytes) const {
    write_bytes(file(name), std::string(bytes.begin(), bytes.end()));
    return file(name);
  }
  std::string tokens(const std::string& name, const std::vector<int32_t>& ids,
                     const std::vector<uint64_t>& shape) const {
    return write(name, array(ids, shape));
  }

  std::string folder;
};

const std::vector<int32_t> kIds = {3, 5, 7, 11, 2, 9, 4, 8, 1, 6, 10, 12, 13, 3, 14};

// A copy of the report, of which the names are as they should be.
nlohmann::json report_of(const Sampled& model, const std::string& options) {
  const Outcome outcome = model.convert(options + " --report " + model.file("report.json"));
  CHECK_MESSAGE(outcome.code == 0, outcome.err);
  return nlohmann::json::parse(read_bytes(model.file("report.json")));
}

uint64_t size_of(const std::string& path) {
  return std::filesystem::file_size(path);
}

}  // namespace

TEST_CASE("samples choose codes, the same for any number of threads and any instruction set") {
  const Sampled model("llama-1");
  const std::string samples = " --samples " + model.tokens("s.npy", kIds, {15});
  for (const std::string format : {"--weights int4", "--weights int8"}) {
    const std::string nearest = model.converted(format);
    const std::string chosen = model.converted(format + samples);
    CHECK(chosen.size() == nearest.size());
    CHECK(chosen != nearest);
    CHECK(model.converted(format + samples + " --threads 3") == chosen);
    const Outcome portable = shell("FOVEA_ISA=portable $FOVEA convert --quiet " + model.folder +
                                   " -o " + model.file("p.fovea") + " " + format + samples);
    CHECK_MESSAGE(portable.code == 0, portable.err);
    CHECK(read_bytes(model.file("p.fovea")) == chosen);
  }
}

TEST_CASE("samples correct biases, the same for any number of threads and any instruction set") {
  const TextFolder text("bert-1");
  write_bytes(text.file("t.txt"), "the cat sat\nthe dog ran home!\na b c d e\n");
  const auto converted = [&](const std::string& options, const std::string& environment = "") {
    const Outcome outcome = shell(environment + "$FOVEA convert --quiet " + text.folder + " -o " +
                                  text.model + " --samples " + text.file("t.txt") + " " + options);
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.err == "");
    return read_bytes(text.model);
  };
  for (const std::string format : {"--weights int4", "--weights int8"}) {
    const std::string chosen = converted(format);
    CHECK(converted(format + " --threads 3") == chosen);
    CHECK(converted(format, "FOVEA_ISA=portable ") == chosen);
    CHECK(converted(format + " --nearest-codes").size() == chosen.size());
  }
}

TEST_CASE("what a last bias is added to is right on average over the samples") {
  const TextFolder text("bert-4");  // [tokens, 3]
  write_bytes(text.file("t.txt"), "the cat sat\n");
  const std::vector<int32_t> ids = {2, 31, 32, 34, 3}, types(ids.size(), 0);
  const auto sums = [&](const std::string& options) {
    text.convert(options);
    const std::vector<double> logits = text.run("logits", ids, types);
    CHECK(logits.size() == 3 * ids.size());
    std::vector<double> made(3);
    for (size_t i = 0; i < logits.size(); ++i) made[i % 3] += logits[i];
    return made;
  };
  const std::vector<double> exact = sums("");
  for (const std::string format : {"--weights int4", "--weights int8"}) {
    const std::vector<double> nearest = sums(format),
                              chosen = sums(format + " --samples " + text.file("t.txt"));
    for (size_t i = 0; i < 3; ++i) {
      CHECK(std::abs(nearest[i] - exact[i]) > 1e-4);
      CHECK(std::abs(chosen[i] - exact[i]) < 1e-6);
    }
  }
}

TEST_CASE("columns are scaled for int8 alone, whatever chooses the codes") {
  const Sampled model("llama-1");
  const std::string samples = " --nearest-codes --samples " + model.tokens("s.npy", kIds, {15});
  const std::string scaled = model.converted("--weights int8" + samples);
  CHECK(scaled != model.converted("--weights int8"));
  CHECK(model.converted("--weights int8" + samples + " --threads 3") == scaled);
  const Outcome portable = shell("FOVEA_ISA=portable $FOVEA convert --quiet " + model.folder +
                                 " -o " + model.file("p.fovea") + " --weights int8" + samples);
  CHECK_MESSAGE(portable.code == 0, portable.err);
  CHECK(read_bytes(model.file("p.fovea")) == scaled);
  CHECK(model.converted("--weights int4" + samples) == model.converted("--weights int4"));
  check_refused(model.convert("--weights int8 --nearest-codes"), 2, "give some");
}

TEST_CASE("several samples in one array are those in several files") {
  const Sampled model("llama-1");
  const std::string one = model.tokens("one.npy", {3, 5, 7, 11, 2}, {5});
  const std::string two = model.tokens("two.npy", {9, 4, 8, 1, 6}, {5});
  const std::string both = model.tokens("both.npy", {3, 5, 7, 11, 2, 9, 4, 8, 1, 6}, {2, 5});
  const std::vector<uint8_t> npz = tools::npz_bytes(
      {{"forward.tokens", Sampled::array({3, 5, 7, 11, 2, 9, 4, 8, 1, 6}, {2, 5})}});
  const std::string format = "--weights int4 --samples ";
  const std::string wanted = model.converted(format + one + " --samples " + two);
  CHECK(model.converted(format + both) == wanted);
  CHECK(model.converted(format + model.write("both.npz", npz)) == wanted);
  CHECK(model.converted(format + one) != wanted);
}

TEST_CASE("text is a sample where the model has a tokenizer, a line for an encoder") {
  const TextFolder text("bert-1");
  write_bytes(text.file("t.txt"), "the cat sat\n\nthe dog ran home!\n");
  const std::string arguments = "convert --quiet " + text.folder + " --weights int4 -o ";
  const Outcome by_text = fovea(arguments + text.file("t.fovea") + " --samples " +
                                text.file("t.txt") + " --report " + text.file("r.json"));
  CHECK_MESSAGE(by_text.code == 0, by_text.err);
  CHECK(nlohmann::json::parse(read_bytes(text.file("r.json"))).at("samples") == 2);
  const Outcome nearest = fovea(arguments + text.file("n.fovea"));
  CHECK(nearest.code == 0);
  CHECK(read_bytes(text.file("t.fovea")) != read_bytes(text.file("n.fovea")));
}

TEST_CASE("text of a language model is cut into pieces of its context, and these into runs") {
  const TextFolder text("llama-1");  // a context of 20 tokens
  std::string words;
  for (int i = 0; i < 15; ++i) words += i % 2 == 0 ? "the cat ran\n" : "a dog sat ";
  write_bytes(text.file("t.txt"), words);
  std::vector<double> losses;
  for (const std::string most : {"6", "20"}) {
    const Outcome outcome = fovea("convert --quiet " + text.folder + " --weights int8 -o " +
                                  text.file("t.fovea") + " --max tokens=" + most + " --measure " +
                                  text.file("t.txt") + " --report " + text.file("r.json"));
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    const auto report = nlohmann::json::parse(read_bytes(text.file("r.json")));
    CHECK(report.at("samples") == 3);
    // Each of the 45 words has at least [CLS] before it.
    CHECK(report.at("loss").at("tokens") == 45);
    CHECK(report.at("agreement").at("rows") == 48);
    losses.push_back(report.at("loss").at("f32"));
  }
  CHECK(std::abs(losses[0] - losses[1]) < 1e-6);
}

TEST_CASE("samples that are no inputs are refused") {
  const Sampled model("llama-1");
  const std::string tokens = model.tokens("s.npy", kIds, {15});
  write_bytes(model.file("t.txt"), "some text");
  check_refused(model.convert("--samples " + tokens), 2, "give --weights int8, uint4 or int4");
  check_refused(model.convert("--weights int4 --samples " + model.file("t.txt")), 1,
                "no tokenizer");
  check_refused(model.convert("--weights int4 --samples " + model.file("none")), 1, "none");
  const std::string cube = model.tokens("c.npy", kIds, {1, 3, 5});
  check_refused(model.convert("--weights int4 --samples " + cube), 1, "c.npy");
  const std::string other =
      model.write("o.npz", tools::npz_bytes({{"tokens", Sampled::array(kIds, {15})},
                                             {"words", Sampled::array(kIds, {15})}}));
  check_refused(model.convert("--weights int4 --samples " + other), 1, "has words");
  check_refused(fovea("convert " + model.folder + " -o - --weights int4 --samples " + tokens), 2,
                "written to a file");
}

TEST_CASE("a report says what each weight and all of them cost") {
  const Sampled model("llama-1");
  const std::string tokens = model.tokens("s.npy", kIds, {15});
  const nlohmann::json coarse = report_of(model, "--weights int4 --measure " + tokens);
  const nlohmann::json fine = report_of(model, "--weights int8 --measure " + tokens);
  for (const nlohmann::json* report : {&coarse, &fine}) {
    CHECK(report->at("samples") == 1);
    CHECK(report->at("bytes").at("packed") < report->at("bytes").at("f32"));
    CHECK(report->at("loss").at("tokens") == 14);
    CHECK(report->at("agreement").at("rows") == 15);
    CHECK(report->at("outputs").at(0).at("name") == "forward.logits");
    CHECK(report->at("outputs").at(0).at("cosine") > 0.5);
    CHECK(!report->at("weights").empty());
    for (const nlohmann::json& weight : report->at("weights")) {
      CHECK(weight.at("decibels") > 2);
      CHECK(weight.at("largest_error") > 0);
      CHECK(weight.at("cost") != 0);
    }
  }
  const auto decibels = [](const nlohmann::json& report) {
    return report.at("outputs").at(0).at("decibels").get<double>();
  };
  CHECK(decibels(fine) > decibels(coarse) + 12);
  CHECK(!coarse.at("keep").empty());
  // What a weight costs alone is what it costs where no other is packed.
  const nlohmann::json& last = coarse.at("weights").back();
  const std::string only = "--keep '" + last.at("tensor").get<std::string>() + "=int4'";
  const nlohmann::json single = report_of(model, only + " --measure " + tokens);
  REQUIRE(single.at("weights").size() == 1);
  CHECK(single.at("weights").at(0).at("cost") == last.at("cost"));
  // Following the advice helps.
  const std::string kept = " --keep '" + coarse.at("keep").at(0).get<std::string>() + "'";
  CHECK(decibels(report_of(model, "--weights int4" + kept + " --measure " + tokens)) >
        decibels(coarse));
}

TEST_CASE("the loss of a report is the mean loss of the tokens") {
  const Sampled model("llama-1");
  const std::string tokens = model.tokens("s.npy", kIds, {15});
  const auto whole = report_of(model, "--weights int8 --measure " + tokens);
  const Outcome run = fovea("convert --quiet " + model.folder + " -o " + model.file("f.fovea"));
  CHECK(run.code == 0);
  const Outcome made =
      fovea("run " + model.file("f.fovea") + " --method forward --input tokens=" + tokens +
            " --output-dir " + model.file("out"));
  CHECK_MESSAGE(made.code == 0, made.err);
  const tools::Npy logits = tools::read_npy(model.file("out/logits.npy"));
  const size_t width = logits.shape[1];
  double sum = 0;
  for (size_t i = 0; i + 1 < kIds.size(); ++i) {
    std::vector<float> row(width);
    std::memcpy(row.data(), logits.data.data() + i * width * sizeof(float), width * sizeof(float));
    double all = 0;
    for (const float logit : row) all += std::exp(double{logit});
    sum += std::log(all) - double{row[static_cast<size_t>(kIds[i + 1])]};
  }
  CHECK(std::abs(whole.at("loss").at("f32").get<double>() - sum / 14) < 1e-5);
}

TEST_CASE("a page of a report refers to nothing and runs nothing") {
  const Sampled model("llama-1");
  const std::string tokens = model.tokens("s.npy", kIds, {15});
  const Outcome outcome =
      fovea("convert " + model.folder + " -o '" + model.file("a<b>.fovea") +
            "' --weights int4 --samples " + tokens + " --report " + model.file("r.html"));
  CHECK_MESSAGE(outcome.code == 0, outcome.err);
  CHECK(outcome.err.find("cost alone") != std::string::npos);
  CHECK(outcome.err.find("--keep '") != std::string::npos);
  const std::string page = read_bytes(model.file("r.html"));
  CHECK(page.find("a&lt;b&gt;.fovea") != std::string::npos);
  CHECK(page.find("forward.logits") != std::string::npos);
  for (const char* word : {"<script", "http:", "https:", "src=", "href=", "@import", "a<b>"}) {
    CHECK_MESSAGE(page.find(word) == std::string::npos, word);
  }
}

TEST_CASE("--weights auto keeps to a loss, in as few bytes as the order of steps has") {
  const TextFolder text("bert-1");
  write_bytes(text.file("t.txt"), "the cat sat\nthe dog ran home!\n");
  const auto report = [&](const std::string& options) {
    const Outcome outcome =
        fovea("convert --quiet " + text.folder + " -o " + text.file("t.fovea") + " --measure " +
              text.file("t.txt") + " --report " + text.file("r.json") + " " + options);
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    return nlohmann::json::parse(read_bytes(text.file("r.json")));
  };
  const nlohmann::json coarse = report("--weights int4");
  double last = coarse.at("cost");
  // The first may take fewer than int4: tables of few rows may be codes, too.
  uint64_t bytes = 0;
  CHECK(last > 0);
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(last * 0.6);
    const double budget = std::stod(number);
    const auto chosen = report("--weights auto --budget loss=" + number);
    CHECK(chosen.at("cost") <= budget);
    CHECK(chosen.at("cost") > 0);
    CHECK(chosen.at("bytes").at("packed") > bytes);
    CHECK(chosen.at("bytes").at("packed") < chosen.at("bytes").at("f32"));
    last = chosen.at("cost");
    bytes = chosen.at("bytes").at("packed");
  }
  const auto nothing = report("--weights auto --budget loss=0");
  CHECK(nothing.at("weights").empty());
  CHECK(nothing.at("cost") == 0);
}

TEST_CASE("--weights auto ends within its budget, or says that it cannot") {
  const Sampled model("llama-1");
  const std::string tokens = model.tokens("s.npy", kIds, {15});
  const std::string measure = " --measure " + tokens;
  REQUIRE(model.convert("--weights f32", "f32.fovea").code == 0);
  REQUIRE(model.convert("--weights int4", "int4.fovea").code == 0);
  const uint64_t most = size_of(model.file("f32.fovea")), least = size_of(model.file("int4.fovea"));
  const uint64_t between = (most + least) / 2;
  const std::string automatic = "--weights auto" + measure + " --budget ";
  const auto half = report_of(model, automatic + "bytes=" + std::to_string(between));
  CHECK(half.at("bytes").at("packed") <= between);
  CHECK(half.at("bytes").at("packed") > least);
  CHECK(size_of(model.file("model.fovea")) == half.at("bytes").at("packed"));
  const std::string same = read_bytes(model.file("model.fovea"));
  report_of(model, automatic + "bytes=" + std::to_string(between) + " --threads 2");
  CHECK(read_bytes(model.file("model.fovea")) == same);

  check_refused(model.convert(automatic + "bytes=1K"), 1, "more than the budget of 1,024");
  check_refused(model.convert("--weights auto" + measure), 2, "--budget");
  check_refused(model.convert("--weights int4 --budget loss=1" + measure), 2, "go together");
  check_refused(model.convert("--weights auto --budget loss=1"), 2, "--measure");
  for (const char* budget : {"1", "loss=x", "bytes=3Q", "loss=1K", "speed=3", "bytes=-1"}) {
    check_refused(model.convert(automatic + budget), 2, "loss=0.02");
  }
  check_refused(model.convert("--weights int4 --report a.txt" + measure), 2, "FILE.html");
}

}  // namespace fovea::test
