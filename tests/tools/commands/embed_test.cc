// `fovea embed` and `fovea similar`, on folders of sentence encoders.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/commands/text_folder.h"
#include "tools/common/npy.h"

namespace fovea::test {
namespace {

using Json = nlohmann::json;
using Vector = std::vector<double>;

const char* const kTexts[] = {"the cat sat", "The dogs ran home!", "a", "", "the cat sat"};

std::string quoted() {
  std::string all;
  for (const char* text : kTexts) all += std::string(" '") + text + "'";
  return all;
}

std::string lines() {
  std::string all;
  for (const char* text : kTexts) all += std::string(text) + "\\n";
  return all;
}

std::vector<Json> embedded(const std::string& arguments) {
  const Outcome outcome = fovea("embed " + arguments);
  REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
  std::vector<Json> list;
  std::istringstream stream(outcome.out);
  for (std::string line; std::getline(stream, line);) list.push_back(Json::parse(line));
  return list;
}

Vector vector_of(const Json& line) {
  return line["embedding"].get<Vector>();
}

double product(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

TEST_CASE("embed gives what the model makes of the text's ids, divided by its length") {
  const TextFolder folder("bert-7");  // without a Normalize
  folder.convert();
  const std::vector<Json> lines = embedded(folder.model + quoted());
  REQUIRE(lines.size() == 5);
  // [CLS] the dog ##s ran home ! [SEP]
  const Vector raw =
      folder.run("embedding", {2, 31, 33, 37, 35, 36, 39, 3}, std::vector<int32_t>(8));
  const Vector second = vector_of(lines[1]);
  const double length = std::sqrt(product(raw, raw));
  CHECK(std::abs(length - 1) > 0.01);
  for (size_t i = 0; i < raw.size(); ++i) {
    CHECK(second[i] == doctest::Approx(raw[i] / length).epsilon(1e-6));
  }
  for (const Json& line : lines)
    CHECK(product(vector_of(line), vector_of(line)) == doctest::Approx(1));
  CHECK(lines[1]["text"] == "The dogs ran home!");
  CHECK(lines[0]["embedding"] == lines[4]["embedding"]);
  const Vector unchanged = vector_of(embedded(folder.model + " --raw 'The dogs ran home!'")[0]);
  for (size_t i = 0; i < raw.size(); ++i)
    CHECK(unchanged[i] == doctest::Approx(raw[i]).epsilon(1e-7));
}

TEST_CASE("embed gives the same in batches, from a pipe and as a file") {
  const TextFolder folder("bert-6");
  folder.convert();
  const std::vector<Json> alone = embedded(folder.model + quoted());
  folder.convert("--max batch=3 --max tokens=12");
  CHECK(embedded(folder.model + quoted()) == alone);
  CHECK(embedded("--threads 2 " + folder.model + quoted()) == alone);
  const Outcome piped = shell("printf '" + lines() + "' | $FOVEA embed " + folder.model + " -");
  std::istringstream stream(piped.out);
  std::vector<Json> list;
  for (std::string line; std::getline(stream, line);) list.push_back(Json::parse(line));
  CHECK(list == alone);
  CHECK(shell("printf 'the cat\\r\\n' | $FOVEA embed " + folder.model).out ==
        fovea("embed " + folder.model + " 'the cat'").out);

  const std::string file = folder.file("vectors.npy");
  REQUIRE(fovea("embed " + folder.model + " -o " + file + quoted()).out.empty());
  const tools::Npy npy = tools::read_npy(file);
  CHECK(npy.shape == std::vector<uint64_t>{5, 16});
  const auto* numbers = reinterpret_cast<const float*>(npy.data.data());
  for (size_t i = 0; i < 80; ++i) {
    CHECK(numbers[i] == static_cast<float>(vector_of(alone[i / 16])[i % 16]));
  }
}

TEST_CASE("embed says how many texts were cut") {
  const TextFolder folder("bert-6");
  folder.convert("--max tokens=6");
  const std::string text = "the cat sat home ran dog";
  const Outcome cut = fovea("embed " + folder.model + " '" + text + "' 'the cat'");
  CHECK(cut.code == 0);
  CHECK(cut.err == "1 of 2 texts longer than the model takes were cut\n");
  const Json line = Json::parse(cut.out.substr(0, cut.out.find('\n')));
  CHECK(line["embedding"] == embedded(folder.model + " 'the cat sat home'")[0]["embedding"]);
}

TEST_CASE("a sequence is as long as the files beside the tokenizer say") {
  const TextFolder folder("bert-6");
  const auto cut = [&](const char* file, const std::string& text) {
    write_bytes(folder.folder + "/" + file, text);
    folder.convert();
    const Outcome outcome = fovea("embed " + folder.model + " 'the cat sat home ran dog'");
    return std::pair(!outcome.err.empty(), Json::parse(outcome.out)["embedding"]);
  };
  folder.convert();
  const auto embedding = [&](const char* text) {
    return embedded(folder.model + " '" + text + "'")[0]["embedding"];
  };
  const Json all = embedding("the cat sat home ran dog"), four = embedding("the cat sat home"),
             two = embedding("the cat");
  CHECK(cut("tokenizer_config.json", R"({"model_max_length": 1e30})") == std::pair(false, all));
  CHECK(cut("tokenizer_config.json", R"({"model_max_length": 6})") == std::pair(true, four));
  CHECK(cut("sentence_bert_config.json", R"({"max_seq_length": 4})") == std::pair(true, two));
}

TEST_CASE("similar shows the cosines of what embed gives") {
  const TextFolder folder("bert-6");
  folder.convert();
  const std::vector<Json> vectors = embedded(folder.model + quoted());
  const Outcome outcome = fovea("similar --json " + folder.model + quoted());
  const Json json = Json::parse(outcome.out);
  CHECK(json["text"] == kTexts[0]);
  REQUIRE(json["similar"].size() == 4);
  for (size_t i = 1; i < 5; ++i) {
    const Json& one = json["similar"][i - 1];
    CHECK(one["text"] == kTexts[i]);
    CHECK(one["cosine"].get<double>() ==
          doctest::Approx(product(vector_of(vectors[0]), vector_of(vectors[i]))).epsilon(1e-6));
  }
  CHECK(fovea("similar " + folder.model + " 'the cat' 'the cat'").out == " 1.0000  the cat\n");
}

#ifdef FOVEA_SEARCH
TEST_CASE("the search example finds what is most similar") {
  const TextFolder folder("bert-6");
  folder.convert();
  const Outcome similar = fovea("similar --json " + folder.model + " 'a dog'" + quoted());
  REQUIRE_MESSAGE(similar.code == 0, similar.err);
  std::vector<std::pair<double, std::string>> expected;
  const Json json = Json::parse(similar.out);
  for (const Json& one : json["similar"]) {
    if (one["text"] != "") expected.emplace_back(one["cosine"], one["text"]);
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const Outcome found =
      shell("printf '" + lines() + "' > " + folder.file("texts") + "; " FOVEA_SEARCH " " +
            folder.model + " " + folder.file("texts") + " 'a dog'");
  REQUIRE_MESSAGE(found.code == 0, found.err);
  std::istringstream stream(found.out);
  std::string line;
  std::getline(stream, line);
  CHECK(line == "a dog");
  for (size_t i = 0; i < 3; ++i) {
    std::getline(stream, line);
    CHECK(line.substr(line.find("  ", 2) + 2) == expected[i].second);
    CHECK(std::abs(std::stod(line) - expected[i].first) < 1e-3);
  }
  CHECK(shell(FOVEA_SEARCH " " + folder.model + " nothing").code == 1);
  CHECK(shell(FOVEA_SEARCH " " + folder.model).code == 2);
}
#endif

TEST_CASE("what is no sentence encoder is refused") {
  const TextFolder plain("bert-1");
  plain.convert();
  check_refused(fovea("embed " + plain.model + " cat"), 1, "no output 'embedding'");
  const TextFolder folder("bert-6");
  folder.convert("--no-tokenizer");
  check_refused(fovea("embed " + folder.model + " cat"), 1, "no tokenizer 'text'");
  check_refused(fovea("similar " + folder.model + " cat"), 2, "TEXT");
  const std::string digits = folder.file("digits.fovea");
  REQUIRE(fovea("convert --quiet examples/digits -o " + digits).code == 0);
  check_refused(fovea("embed " + digits + " cat"), 1, "no method 'encode'");
  folder.convert();
  check_refused(fovea("embed " + folder.model + " cat -o " + folder.path()), 1, "folder");
}

}  // namespace fovea::test
