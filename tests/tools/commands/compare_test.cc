// `fovea convert --compare`, with what transformers gives in double precision
// (tests/families/parts.py).

#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"
#include "tools/common/npy.h"
#include "tools/common/npz.h"

namespace fovea::test {
namespace {

const std::string kFolders = FOVEA_FAMILIES, kParts = FOVEA_FAMILIES "/../parts";

struct Compare : TemporaryFolder {
  explicit Compare(const std::string& family) : folder(kFolders + "/" + family) {}

  Outcome run(const std::string& reference, const std::string& options = "") const {
    return fovea("convert --quiet " + folder + " -o " + model + " --compare " + reference + " " +
                 options);
  }
  // A copy of the folder with a byte of one tensor of model.safetensors changed.
  void damage(const std::string& tensor) {
    const std::string copy = file("folder");
    std::filesystem::copy(folder, copy);
    folder = copy;
    std::string bytes = read_bytes(copy + "/model.safetensors");
    uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    const auto header = nlohmann::json::parse(bytes.substr(8, size));
    const uint64_t at = 8 + size + header.at(tensor).at("data_offsets").at(0).get<uint64_t>();
    const float number = 3;
    std::memcpy(bytes.data() + at, &number, sizeof number);
    write_bytes(copy + "/model.safetensors", bytes);
  }

  // Writes an archive of int32 and f32 lists.
  std::string archive(const std::vector<int32_t>& tokens,
                      const std::vector<std::pair<std::string, std::vector<float>>>& arrays,
                      std::vector<uint64_t> shape = {}) const {
    std::vector<tools::NpzEntry> entries;
    const auto add = [&](const std::string& name, uint32_t type, std::vector<uint64_t> extents,
                         const void* data, size_t count) {
      entries.push_back(
          {name, tools::npy_bytes(type, extents, {static_cast<const uint8_t*>(data), 4 * count})});
    };
    if (!tokens.empty()) add("tokens", FOVEA_INT32, {tokens.size()}, tokens.data(), tokens.size());
    for (const auto& [name, values] : arrays) {
      add(name, FOVEA_FLOAT32, shape.empty() ? std::vector<uint64_t>{values.size()} : shape,
          values.data(), values.size());
    }
    const std::vector<uint8_t> bytes = tools::npz_bytes(entries);
    write_bytes(file("made.npz"), std::string(bytes.begin(), bytes.end()));
    return file("made.npz");
  }

  std::string folder, model = file("model.fovea");
};

}  // namespace

TEST_CASE("outputs and parts of a model are those of transformers") {
  for (const std::string family : {"llama-1", "bert-1"}) {
    const Compare compare(family);
    const Outcome quiet = compare.run(kParts + "/" + family + ".npz", "--tolerance 1e-5");
    INFO(quiet.err);
    CHECK(quiet.code == 0);
    CHECK(quiet.err.empty());
    CHECK(std::filesystem::exists(compare.model));
    CHECK(compare.count() == 1);  // nothing else is left
  }
}

TEST_CASE("a table shows what was compared") {
  const Compare compare("bert-1");
  const Outcome shown = fovea("convert " + compare.folder + " -o " + compare.model + " --compare " +
                              kParts + "/bert-1.npz");
  CHECK(shown.code == 0);
  CHECK(shown.err.find("hidden") != std::string::npos);
  CHECK(shown.err.find("output of encode") != std::string::npos);
  CHECK(shown.err.find("encoder.layer.1.attention.output.dense") != std::string::npos);
  CHECK(shown.err.find("AddPositions: only the sum is there") != std::string::npos);
}

TEST_CASE("the first part that differs is named") {
  Compare compare("llama-1");
  compare.damage("model.layers.0.mlp.up_proj.weight");
  const Outcome off = compare.run(kParts + "/llama-1.npz");
  check_refused(off, 1, "the model was written, but logits is off by ");
  CHECK(off.err.find("; the first part that differs is model.layers.0.mlp.up_proj, Linear") !=
        std::string::npos);
  Compare other("bert-1");
  other.damage("encoder.layer.1.attention.self.value.weight");
  check_refused(other.run(kParts + "/bert-1.npz"), 1,
                "the first part that differs is encoder.layer.1.attention.self.value, Linear");
}

TEST_CASE("an output that is further off than the tolerance ends with exit code 1") {
  const Compare compare("llama-1");
  const std::vector<float> zeros(2 * 40);
  const std::string archive = compare.archive({3, 4}, {{"logits", zeros}}, {2, 40});
  check_refused(compare.run(archive, "--tolerance 1"), 1, "more than 1 (--tolerance)");
  CHECK(std::filesystem::exists(compare.model));
  // A method's own name goes before; next has logits of the last token alone.
  const std::string next =
      compare.archive({3, 4}, {{"next.logits", std::vector<float>(40, 1e30f)}}, {1, 1, 40});
  CHECK(compare.run(next, "--tolerance 1").code == 0);
  check_refused(compare.run(next), 1, "next.logits is off by 1.00e+30 at [0, 0, ");
}

TEST_CASE("an encoder's output fills the cache that a decoder reads") {
  const std::string dates = kFolders + "/../../../examples/dates";
  TemporaryFolder folder;
  const std::string model = folder.file("dates.fovea"), out = folder.file("out");
  REQUIRE(fovea("convert --quiet " + dates + " -o " + model).code == 0);
  const std::vector<int32_t> source = {5, 6, 7, 8}, tokens = {1, 4};
  const auto save = [&](const char* name, const std::vector<int32_t>& list) {
    tools::write_npy(folder.file(name), FOVEA_INT32, std::vector<uint64_t>{list.size()},
                     {reinterpret_cast<const uint8_t*>(list.data()), 4 * list.size()});
  };
  save("source.npy", source);
  save("tokens.npy", tokens);
  REQUIRE(fovea("run " + model + " --method encode --input source=" + folder.file("source.npy") +
                " --method decode --input tokens=" + folder.file("tokens.npy") + " --output-dir " +
                out)
              .code == 0);
  const std::string logits = read_bytes(out + "/decode.logits.npy");
  const auto entry = [&](const std::string& name, const std::string& bytes) {
    return tools::NpzEntry{name, {bytes.begin(), bytes.end()}};
  };
  const auto archive = tools::npz_bytes({entry("source", read_bytes(folder.file("source.npy"))),
                                         entry("tokens", read_bytes(folder.file("tokens.npy"))),
                                         entry("logits", logits)});
  write_bytes(folder.file("ref.npz"), std::string(archive.begin(), archive.end()));
  const Outcome same = fovea("convert " + dates + " -o " + model + " --compare " +
                             folder.file("ref.npz") + " --tolerance 0");
  CHECK(same.code == 0);
  CHECK(same.err.find("output of decode") != std::string::npos);
}

TEST_CASE("references that do not fit are refused") {
  const Compare compare("llama-1");
  const std::vector<float> row(40);
  check_refused(compare.run(compare.file("none.npz")), 1, "none.npz");
  CHECK_FALSE(std::filesystem::exists(compare.model));
  write_bytes(compare.file("text.npz"), "text");
  check_refused(compare.run(compare.file("text.npz")), 1, "is no .npz file");
  check_refused(compare.run(compare.archive({}, {{"logits", row}})), 1,
                "has not the inputs of any method: 'forward' needs tokens, 'next' needs tokens; it "
                "has: logits");
  check_refused(compare.run(compare.archive({3, 4}, {})), 1, "has inputs, but nothing to compare");
  check_refused(compare.run(compare.archive({3, 4}, {{"logits", row}}, {4, 10})), 1,
                "made.npz:logits: has the shape [4, 10], output 'logits' of ");
  check_refused(
      compare.run(compare.archive({3, 4}, {{"next.logits", row}}, {4, 10})), 1,
      "made.npz:next.logits: has the shape [4, 10], output 'logits' of 'next' has [1, 40]");
  check_refused(compare.run(compare.archive({3, 4}, {{"logit", row}})), 1,
                "has logit, which is no input, output or part of the model");
  check_refused(compare.run(compare.archive({3, 4}, {{"model.norm", row}})), 1,
                "made.npz:model.norm: has the shape [40], the operator gives [2, 16]");
  check_refused(compare.run(compare.archive({3, 400}, {{"logits", row}}, {1, 40})), 1, "400");
  CHECK(fovea("convert " + compare.folder + " -o - --compare x.npz").code == 2);
  CHECK(fovea("convert " + compare.folder + " -o " + compare.model + " --tolerance 1").code == 2);
}

}  // namespace fovea::test
