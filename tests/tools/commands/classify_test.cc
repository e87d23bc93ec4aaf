// `fovea classify`, on texts and on arrays.

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/commands/labels.h"
#include "tests/tools/commands/text_folder.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;

Json classified(const std::string& arguments) {
  const Outcome outcome = fovea("classify --json " + arguments);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  return Json::parse(outcome.out);
}

}  // namespace

TEST_CASE("classify gives the softmax of a text's logits, the likeliest first") {
  const TextFolder folder("bert-3");
  folder.convert();
  const Json json = classified(folder.model + " 'the cat sat' 'home'");
  REQUIRE(json.size() == 2);
  CHECK(json[1]["input"] == "home");
  for (const Json& one : json) {
    double sum = 0, last = 1;
    for (const Json& label : one["labels"]) {
      const double p = label["score"];
      CHECK(p <= last);
      last = p;
      sum += p;
    }
    CHECK(one["labels"].size() == 3);
    CHECK(sum == doctest::Approx(1));
  }
  CHECK(json[0]["labels"] != json[1]["labels"]);
  const Outcome shown = fovea("classify --top 1 " + folder.model + " 'the cat sat'");
  const std::string best = json[0]["labels"][0]["label"];
  CHECK(shown.out.substr(0, 12) == "the cat sat\n");
  CHECK(shown.out.find("  " + best + "  0.") != std::string::npos);
  // [CLS] the cat sat [SEP] home [SEP]
  const Json pair = classified(folder.model + " 'the cat sat' --pair 'home'")[0]["labels"];
  const std::vector<double> logits =
      folder.run("logits", {2, 31, 32, 34, 3, 36, 3}, {0, 0, 0, 0, 0, 1, 1});
  CHECK(score(pair, "yes") / score(pair, "no") == doctest::Approx(std::exp(logits[1] - logits[0])));
}

TEST_CASE("labels that do not exclude each other have the sigmoid of their own logit") {
  const TextFolder folder("bert-3");
  folder.convert();
  const Json softmax = classified(folder.model + " 'the cat sat'")[0]["labels"];
  folder.change_config("\"num_attention_heads\"",
                       "\"problem_type\": \"multi_label_classification\", \"num_attention_heads\"");
  folder.convert();
  const Json sigmoid = classified(folder.model + " 'the cat sat'")[0]["labels"];
  folder.change_config("multi_label_classification", "regression");
  folder.convert();
  const Json logits = classified(folder.model + " 'the cat sat'")[0]["labels"];
  for (const char* label : {"no", "yes", "perhaps"}) {
    const double logit = score(logits, label);
    CHECK(score(sigmoid, label) == doctest::Approx(1 / (1 + std::exp(-logit))));
    CHECK(score(softmax, label) / score(softmax, "no") ==
          doctest::Approx(std::exp(logit - score(logits, "no"))));
  }
  folder.change_config("regression", "guessing");
  check_refused(fovea("convert " + folder.folder + " -o " + folder.model), 1, "problem_type");
}

TEST_CASE("names that transformers gives by itself are there") {
  const TextFolder folder("bert-3");
  const std::string names =
      "\"id2label\": {\n    \"0\": \"no\",\n    \"1\": \"yes\",\n    \"2\": \"perhaps\"\n  },";
  folder.change_config(names, "\"num_labels\": 3,");
  folder.convert();
  const Json labels = classified(folder.model + " 'the cat sat'")[0]["labels"];
  CHECK(!std::isnan(score(labels, "LABEL_2")));
}

TEST_CASE("classify labels every token where the model does") {
  const TextFolder folder("bert-4");
  folder.convert();
  const Json json = classified(folder.model + " 'the cats!'");
  const Json& tokens = json[0]["tokens"];
  REQUIRE(tokens.size() == 6);  // [CLS] the cat ##s ! [SEP]
  CHECK(tokens[1]["token"] == "the");
  CHECK(tokens[1]["labels"].size() == 3);
  const std::string shown = fovea("classify " + folder.model + " 'the cats!'").out;
  CHECK(std::count(shown.begin(), shown.end(), '\n') == 7);
  // Several in a run have the same.
  const std::string texts = " 'the cats!' 'a dog' 'home'";
  const Json alone = classified(folder.model + texts);
  CHECK(alone[0] == json[0]);
  folder.convert("--max batch=3");
  CHECK(classified(folder.model + texts) == alone);
}

TEST_CASE("classify takes arrays where the model does") {
  const TemporaryFolder folder;
  const std::string model = folder.file("digits.fovea");
  REQUIRE(fovea("convert --quiet examples/digits -o " + model).code == 0);
  std::vector<float> pixels(64);
  for (size_t y = 0; y < 8; ++y) pixels[y * 8 + 4] = 1;  // a stroke
  const std::vector<uint64_t> shape = {8, 8, 1};
  const std::string path = folder.file("stroke.npy");
  tools::write_npy(path, FOVEA_FLOAT32, shape,
                   {reinterpret_cast<const uint8_t*>(pixels.data()), 256});
  const Json json = classified(model + " " + path);
  CHECK(json[0]["labels"][0]["label"] == "1");
  CHECK(json[0]["labels"].size() == 5);
  check_refused(fovea("classify " + model), 2, ".npy");
  check_refused(fovea("classify " + model + " --pair a " + path), 2, "--pair");
  check_refused(fovea("classify " + model + " nothing.npy"), 1, "nothing.npy");
}

TEST_CASE("what has no labels is refused") {
  const TextFolder folder("bert-1");
  folder.convert();
  check_refused(fovea("classify " + folder.model + " cat"), 1, "use `fovea run`");
}

}  // namespace fovea::test
