// `fovea convert --attention` and `fovea attend`: what is told is what the weights say.

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npy.h"
#include "tools/common/npz.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

const std::string kPrompt = " --prompt '14 July 1789'";

// dates: two layers of four heads on either side, a context of 12 target tokens, 48 source tokens.
struct AttendedDates : TemporaryFolder {
  explicit AttendedDates(const std::string& attention) {
    const Outcome outcome =
        fovea("convert --quiet examples/dates -o " + path + " --attention " + attention);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  }
  Json attend(const std::string& options) const {
    const Outcome outcome = fovea("attend " + path + " --json " + options);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return Json::parse(outcome.out)["methods"];
  }
  std::string path = file("dates.fovea");
};

std::vector<std::string> outputs_of(const std::string& path, const std::string& method) {
  std::vector<std::string> names;
  const Json model = Json::parse(fovea("inspect --json " + path).out);
  for (const Json& one : model["methods"]) {
    if (one["name"] != method) continue;
    for (const Json& output : one["outputs"]) names.push_back(output["name"]);
  }
  return names;
}

double entropy_of(const std::vector<double>& weights) {
  double entropy = 0;
  for (const double w : weights) entropy -= w > 0 ? w * std::log(w) : 0;
  return entropy;
}

// One query's numbers against its weights: [heads][keys].
void check_query(const Json& layer, size_t query) {
  const auto weights = layer["weights"][query].get<std::vector<std::vector<double>>>();
  std::vector<double> mean(weights[0].size());
  for (size_t head = 0; head < weights.size(); ++head) {
    double sum = 0;
    size_t largest = 0;
    for (size_t t = 0; t < mean.size(); ++t) {
      sum += weights[head][t];
      mean[t] += weights[head][t] / static_cast<double>(weights.size());
      if (weights[head][t] > weights[head][largest]) largest = t;
    }
    CHECK(sum == doctest::Approx(1));
    const double entropy = entropy_of(weights[head]);
    CHECK(layer["entropy"][query][head].get<double>() == doctest::Approx(entropy).epsilon(1e-4));
    CHECK(layer["effective"][query][head].get<double>() == doctest::Approx(std::exp(entropy)));
    CHECK(layer["maximum"][query][head] == layer["weights"][query][head][largest]);
    CHECK(layer["position"][query][head] == largest);
  }
  for (size_t t = 0; t < mean.size(); ++t) {
    CHECK(layer["average"][query][t].get<double>() == doctest::Approx(mean[t]));
  }
  CHECK(layer["average_entropy"][query].get<double>() == doctest::Approx(entropy_of(mean)));
  CHECK(layer["average_effective"][query].get<double>() ==
        doctest::Approx(std::exp(entropy_of(mean))));
}

std::vector<uint8_t> bytes_of(const std::string& path) {
  const tools::MappedFile file(path);
  return {file.bytes().begin(), file.bytes().end()};
}

}  // namespace

TEST_CASE("a prompt: every number is that of the weights, of each method and layer") {
  const AttendedDates dates("weights,average,numbers");
  const Json methods = dates.attend(kPrompt);
  REQUIRE(methods.size() == 2);
  CHECK(methods[0]["method"] == "encode");
  CHECK(methods[0]["tokens"].size() == 12);
  CHECK(methods[1]["method"] == "decode");
  CHECK(methods[1]["source"] == methods[0]["tokens"]);
  std::string written;
  for (const Json& token : methods[1]["tokens"]) written += token.get<std::string>();
  CHECK_MESSAGE(contains(written, "1789-07-14"), written);
  std::vector<std::string> names;
  for (const Json& method : methods) {
    for (const Json& layer : method["layers"]) {
      names.push_back(layer["name"]);
      CHECK(layer["queries"].size() == method["tokens"].size());
      CHECK(layer["heads"].size() == 4);
      for (size_t query = 0; query < layer["queries"].size(); ++query) check_query(layer, query);
    }
  }
  CHECK(names == std::vector<std::string>{"attention.0", "attention.1", "attention.0",
                                          "cross_attention.0", "attention.1", "cross_attention.1"});
}

TEST_CASE("reports are outputs of the layers that were named, and change no other output") {
  const AttendedDates dates("entropy,max@1,average_entropy@0-0");
  CHECK(outputs_of(dates.path, "decode") ==
        std::vector<std::string>{"logits", "attention.0.entropy", "attention.0.average_entropy",
                                 "cross_attention.0.entropy", "cross_attention.0.average_entropy",
                                 "attention.1.entropy", "attention.1.maximum",
                                 "attention.1.position", "cross_attention.1.entropy",
                                 "cross_attention.1.maximum", "cross_attention.1.position"});
  const std::string plain = dates.file("plain.fovea");
  CHECK(fovea("convert --quiet examples/dates -o " + plain).code == 0);
  CHECK(outputs_of(plain, "decode") == std::vector<std::string>{"logits"});
  const std::string text = fovea("generate " + plain + kPrompt).out;
  CHECK(fovea("generate " + dates.path + kPrompt).out == text);
  tools::write_npy(dates.file("source.npy"), FOVEA_INT32, std::vector<uint64_t>{3},
                   std::vector<uint8_t>{20, 0, 0, 0, 21, 0, 0, 0, 22, 0, 0, 0});
  tools::write_npy(dates.file("tokens.npy"), FOVEA_INT32, std::vector<uint64_t>{2},
                   std::vector<uint8_t>{1, 0, 0, 0, 5, 0, 0, 0});
  const std::string calls = " --method encode --input source=" + dates.file("source.npy") +
                            " --method decode --input tokens=" + dates.file("tokens.npy");
  for (const auto& [model, folder] : {std::pair{plain, "a"}, std::pair{dates.path, "b"}}) {
    CHECK(fovea("run " + model + " --output-dir " + dates.file(folder) + calls).code == 0);
  }
  CHECK(bytes_of(dates.file("a/decode.logits.npy")) == bytes_of(dates.file("b/decode.logits.npy")));

  // Calls are those of `run`, and tell what its outputs tell.
  const Json decode = dates.attend(calls)[1];
  const tools::Npy entropy = tools::read_npy(dates.file("b/decode.attention.1.entropy.npy"));
  CHECK(entropy.shape == std::vector<uint64_t>{2, 4});
  const auto* numbers = reinterpret_cast<const float*>(entropy.data.data());
  for (const Json& layer : decode["layers"]) {
    if (layer["name"] != "attention.1") continue;
    CHECK(!layer.contains("average_entropy"));
    for (size_t i = 0; i < 8; ++i) CHECK(layer["entropy"][i / 4][i % 4] == numbers[i]);
  }
}

TEST_CASE("layers, heads and queries are chosen for the table, for JSON and for archives") {
  const AttendedDates dates("weights,entropy,max,average_effective");
  const std::string chosen = kPrompt + " --layers 1 --heads 2-3 --queries 4";
  const Json decode = dates.attend(chosen)[1];
  REQUIRE(decode["layers"].size() == 2);
  CHECK(decode["layers"][0]["name"] == "attention.1");
  CHECK(decode["layers"][0]["heads"] == Json::array({2, 3}));
  CHECK(decode["layers"][0]["queries"] == Json::array({4}));
  const Json all = dates.attend(kPrompt)[1];
  CHECK(decode["layers"][1]["entropy"][0][1] == all["layers"][3]["entropy"][4][3]);
  CHECK(decode["layers"][1]["weights"][0][0] == all["layers"][3]["weights"][4][2]);

  const Outcome table = fovea("attend " + dates.path + chosen);
  CHECK_MESSAGE(table.code == 0, table.err);
  CHECK(contains(table.out, "layer"));
  CHECK(contains(table.out, "cross_attention.1"));
  CHECK(!contains(table.out, "attention.0"));
  size_t lines = 0;
  for (const char c : table.out) lines += c == '\n' ? 1 : 0;
  CHECK(lines == 2 + 2 + 3 * 3);  // methods, headings, and two heads and the average for each layer

  const std::string npz = dates.file("told.npz");
  const Outcome archived = fovea("attend " + dates.path + chosen + " --npz " + npz);
  CHECK_MESSAGE(archived.code == 0, archived.err);
  CHECK(archived.out.empty());
  const std::vector<uint8_t> bytes = bytes_of(npz);
  CHECK(tools::looks_like_zip(bytes));
  const tools::Npz archive(bytes, npz);
  CHECK(archive.has("decode.cross_attention.1.weights"));
  const auto read = [&](const std::string& key) {
    return tools::parse_npy(archive.read(key, 1 << 20), key, FOVEA_FLOAT32, "it");
  };
  const tools::Npy weights = read("decode.cross_attention.1.weights");
  CHECK(weights.shape == std::vector<uint64_t>{1, 2, 48});
  const auto* numbers = reinterpret_cast<const float*>(weights.data.data());
  for (size_t i = 0; i < 96; ++i) {
    CHECK(decode["layers"][1]["weights"][0][i / 48][i % 48] == numbers[i]);
  }
  CHECK(read("decode.attention.1.average_effective").shape == std::vector<uint64_t>{1});
}

// Of one query, in a report of all heads and queries and in one of some.
void check_part(const Json& part, const Json& all, const char* kind) {
  for (size_t q = 0; q < part["queries"].size(); ++q) {
    for (size_t h = 0; h < part["heads"].size(); ++h) {
      const size_t query = part["queries"][q], head = part["heads"][h];
      CHECK(part[kind][q][h] == all[kind][query][head]);
    }
  }
}

TEST_CASE("heads and queries are chosen for the file, which has room for these alone") {
  const std::string kinds = "weights,entropy,max,scores";
  const AttendedDates whole(kinds);
  const std::string prompt = kPrompt;
  const Json all = whole.attend(prompt);
  for (const char* part : {":heads=1-2", ":queries=last", ":heads=3:queries=1-2", ":queries=0"}) {
    CAPTURE(std::string(part));
    std::string chosen;
    for (const char* kind : {"weights", "entropy", "max", "scores"}) {
      chosen += (chosen.empty() ? "" : ",") + std::string(kind) + "@1" + part;
    }
    const AttendedDates dates(chosen + ",average_entropy@0");
    const Json methods = dates.attend(prompt);
    CHECK(methods[1]["tokens"] == all[1]["tokens"]);
    for (size_t m = 0; m < 2; ++m) {
      for (size_t i = m == 0 ? 1 : 2; i < all[m]["layers"].size(); ++i) {
        const Json& layer = methods[m]["layers"][i];
        CHECK(layer["name"] == all[m]["layers"][i]["name"]);
        for (const char* kind : {"weights", "entropy", "maximum", "position", "scores"}) {
          check_part(layer, all[m]["layers"][i], kind);
        }
      }
    }
    const Json& encoder = methods[0]["layers"][1];  // in one run of 12 tokens
    const std::string what = part;
    if (what == ":heads=1-2") CHECK(encoder["heads"] == Json::array({1, 2}));
    if (what == ":queries=last") CHECK(encoder["queries"] == Json::array({11}));
    if (what == ":heads=3:queries=1-2") {
      CHECK(encoder["heads"] == Json::array({3}));
      CHECK(encoder["queries"] == Json({1, 2}));
      CHECK(methods[1]["layers"][2]["queries"].empty());  // runs of one token
    }
    if (what == ":queries=0") CHECK(encoder["queries"] == Json::array({0}));
    if (what == ":queries=0") {
      CHECK(methods[1]["layers"][2]["queries"].size() == methods[1]["tokens"].size());
    }
  }
}

TEST_CASE("a range takes its own memory, and no more") {
  const auto planned = [](const std::string& attention) {
    const AttendedDates dates(attention);
    const Json model = Json::parse(fovea("inspect --json " + dates.path).out);
    return model["arena"]["planned"].get<uint64_t>();
  };
  const uint64_t none = planned("entropy:heads=0:queries=last"), all = planned("weights");
  const uint64_t last = planned("weights:heads=0:queries=last");
  CHECK(last < none + 64 * 1024);
  CHECK(all > none + 64 * 1024);
}

TEST_CASE("other maxima and packed batches tell the same") {
  const AttendedDates dates("weights,average_entropy");
  const Json before = dates.attend(kPrompt + " --layers 0")[1];
  const std::string small = dates.file("small.fovea"), batch = dates.file("batch.fovea");
  CHECK(fovea("plan " + dates.path + " --max source_tokens=20 -o " + small).code == 0);
  const Outcome of_three = fovea("convert --quiet --max batch=3 examples/dates -o " + batch +
                                 " --attention weights,average_entropy");
  REQUIRE_MESSAGE(of_three.code == 0, of_three.err);
  for (const std::string& path : {small, batch}) {
    const Outcome outcome = fovea("attend --json --layers 0 " + path + kPrompt);
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const Json after = Json::parse(outcome.out)["methods"][1];
    CHECK(after["tokens"] == before["tokens"]);
    CHECK(after["layers"][1]["average_entropy"] == before["layers"][1]["average_entropy"]);
    CHECK(after["layers"][0]["weights"] == before["layers"][0]["weights"]);
  }
}

TEST_CASE("an encoder without text: images") {
  const TemporaryFolder folder;
  const std::string path = folder.file("digits.fovea");
  CHECK(fovea("convert --quiet examples/digits -o " + path + " --attention numbers").code == 0);
  tools::write_npy(folder.file("image.npy"), FOVEA_FLOAT32, std::vector<uint64_t>{8, 8, 1},
                   std::vector<uint8_t>(256));
  const Outcome outcome =
      fovea("attend " + path + " --json --input image=" + folder.file("image.npy"));
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  const Json layers = Json::parse(outcome.out)["methods"][0]["layers"];
  CHECK(!layers.empty());
  for (const Json& layer : layers) {
    CHECK(layer["entropy"].size() == 17);  // a class token and 16 patches
    for (const Json& query : layer["effective"]) {
      for (const Json& number : query) CHECK((number >= 1.0f && number <= 17.01f));
    }
  }
}

TEST_CASE("what cannot be told is refused by name") {
  const AttendedDates dates("entropy");
  const std::string convert =
      "convert --quiet examples/dates -o " + dates.file("no") + " --attention ";
  check_refused(fovea(convert + "entorpy"), 2,
                "there is no report 'entorpy': did you mean 'entropy'?");
  check_refused(fovea(convert + "max,"), 2, "there is no report ''");
  check_refused(fovea(convert + "max@2"), 2, "there is no layer 2, only 0 to 1");
  check_refused(fovea(convert + "max@0-9"), 2, "there is no layer 9, only 0 to 1");
  check_refused(fovea(convert + "max@1-0"), 2, "layer 1 comes after layer 0");
  check_refused(fovea(convert + "max@a"), 2, "'a' is no layer");
  check_refused(fovea(convert + "max:heads=4"), 2, "there is no head 4 in layer 0, only 0 to 3");
  check_refused(fovea(convert + "max@1:heads=2-1"), 2, "head 2 comes after head 1");
  check_refused(fovea(convert + "max:heads=x"), 2, "'x' is no head");
  check_refused(fovea(convert + "max:queries="), 2, "'' is no query");
  check_refused(fovea(convert + "max:queries=0-48"), 2,
                "there is no query 48, a run has 48 at most");
  check_refused(fovea(convert + "max:keys=1"), 2, "not 'keys=1'");
  check_refused(fovea(convert + "max:heads=1:heads=2"), 2, "each once, not 'heads=2'");
  check_refused(fovea(convert + "max@0:heads=1,entropy"), 2,
                "'max@0:heads=1' and 'entropy' choose different heads or queries of layer 0");
  const std::string plain = dates.file("plain.fovea");
  CHECK(fovea("convert --quiet examples/dates -o " + plain).code == 0);
  check_refused(fovea("attend " + plain + kPrompt), 1, "convert the model with --attention KINDS");
  check_refused(fovea("attend " + dates.path + kPrompt + " --method encode"), 2,
                "give one or the other");
  check_refused(fovea("attend " + dates.path + kPrompt + " --heads 3-1"), 2,
                "--heads 3-1: give a number or a range");
  check_refused(fovea("attend " + dates.path + kPrompt + " --layers x"), 2, "--layers x");
  check_refused(fovea("attend " + dates.path + " --method encode"), 1,
                "input 'source' of 'encode' is missing");
}

}  // namespace fovea::test
