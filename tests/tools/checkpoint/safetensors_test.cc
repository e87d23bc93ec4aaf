#include "tools/checkpoint/safetensors.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/half.h"

namespace fovea::test {
namespace {

using tools::Checkpoint;
using tools::open_checkpoint;

const std::vector<SavedTensor> kFloatTensors = {
    {"single", {2, 3}, {1, -2, 3.5, 0, 1e-30f, -7e20f}, "F32"},
    {"half", {4}, {1, -0.5, 65504, 6.103515625e-05f}, "F16"},
    {"brain", {1, 3}, {1, -3, 1.5e38f}, "BF16"},
};

// A folder with a config and one file of weights.
struct Model {
  TemporaryFolder folder;
  explicit Model(const std::string& weights, const std::string& name = "model.safetensors") {
    write_bytes(folder.file("config.json"), "{\"model_type\": \"llama\"}");
    write_bytes(folder.file(name), weights);
  }
};

std::vector<float> read_all(const Checkpoint& checkpoint, const std::string& name) {
  std::vector<float> values(checkpoint.at(name).elements());
  checkpoint.read(name, 0, values);
  return values;
}

// The bytes of a file with another text in its header.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  uint64_t size = 0;
  std::memcpy(&size, text.data(), sizeof size);
  size += to.size() - from.size();
  std::memcpy(text.data(), &size, sizeof size);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("all three float types are read exactly, whole and in part") {
  const Model model(safetensors_bytes(kFloatTensors));
  const Checkpoint checkpoint = open_checkpoint(model.folder.path());
  CHECK(checkpoint.format == "safetensors");
  CHECK(checkpoint.config["model_type"] == "llama");
  CHECK(read_all(checkpoint, "single") == kFloatTensors[0].values);
  CHECK(read_all(checkpoint, "half") == kFloatTensors[1].values);
  const std::vector<float> brain = read_all(checkpoint, "brain");
  for (size_t i = 0; i < 3; ++i)
    CHECK(bfloat_bits(brain[i]) == bfloat_bits(kFloatTensors[2].values[i]));
  std::vector<float> part(2);
  checkpoint.read("single", 2, part);
  CHECK(part == std::vector<float>{3.5, 0});
  CHECK(checkpoint.at("brain").shape == std::vector<uint64_t>{1, 3});
}

TEST_CASE("halves widen exactly, subnormal and infinite ones too") {
  CHECK(tools::from_half(0x0001) == 0x1p-24f);
  CHECK(tools::from_half(0x83ff) == -0x1.ff8p-15f);
  CHECK(std::signbit(tools::from_half(0x8000)));
  CHECK(std::isinf(tools::from_half(0xfc00)));
  CHECK(std::isnan(tools::from_half(0x7e00)));
  CHECK(tools::from_half(0x3c01) == 1 + 0x1p-10f);
}

TEST_CASE("every truncation of a file is refused with a sentence") {
  const std::string whole = safetensors_bytes(kFloatTensors);
  const Model model("");
  for (size_t size = 0; size < whole.size(); ++size) {
    write_bytes(model.folder.file("model.safetensors"), whole.substr(0, size));
    CAPTURE(size);
    check_refusal([&] { open_checkpoint(model.folder.path()); }, "model.safetensors");
    // With the first brace there, it is known for what it is.
    if (size > 8) check_refusal([&] { open_checkpoint(model.folder.path()); }, "truncated");
  }
}

TEST_CASE("headers that lie are refused") {
  const std::string whole = safetensors_bytes(kFloatTensors);
  const auto refused = [](const std::string& bytes, const std::string& part) {
    const Model model(bytes);
    check_refusal([&] { open_checkpoint(model.folder.path()); }, "model.safetensors", part);
  };
  refused(replaced(whole, "[2,3]", "[2,4]"), "tensor single");
  refused(replaced(whole, "[0,24]", "[4,24]"), "tensor single");
  refused(replaced(whole, "[0,24]", "[24,0]"), "tensor single");
  refused(replaced(whole, "\"F32\"", "\"F33\""), "F33");
  refused(replaced(whole, "{\"__meta", "}\"__meta"), "not a safetensors file");
  refused(replaced(whole, "\"pt\"}", "\"pt\"]"), "header: not JSON at line 1, column 31");
  refused(replaced(whole, "[2,3]", "[-2,3]"), "describes tensor single wrongly");
  refused(replaced(whole, "[2,3]", "[2.0,3]"), "describes tensor single wrongly");
  refused(replaced(whole, "[2,3]", "[\"2\",3]"), "describes tensor single wrongly");
  refused(replaced(whole, "[0,24]", "[0,-24]"), "describes tensor single wrongly");
  refused(replaced(whole, "[0,24]", "[0]"), "describes tensor single wrongly");
  refused(replaced(whole, "\"shape\"", "\"shapes\""), "describes tensor single wrongly");
  refused(replaced(whole, "[2,3]", "[4294967296,4294967296]"), "of shape [4294967296, 4294967296]");
  // Sizes that wrap at 2^64: 0 is left of 2^66 bytes, and 0 - 24 is 2^64 - 24 bytes.
  refused(replaced(replaced(whole, "[2,3]", "[4294967296,4294967296]"), "[0,24]", "[0,0]"),
          "tensor single of shape");
  refused(replaced(replaced(whole, "[2,3]", "[4611686018427387898]"), "[0,24]", "[24,0]"),
          "tensor single of shape");
  // The keys of an entry, and the entries.
  refused(replaced(whole, "\"F32\"", "\"F32\",\"dtype\":\"F32\""), "\"dtype\" comes twice");
  refused(replaced(whole, "\"half\"", "\"brain\""), "tensor brain is twice in this file");
}

TEST_CASE("numbers of every type are listed, and refused as weights") {
  const std::vector<std::pair<std::string, size_t>> types = {
      {"F64", 8}, {"I64", 8}, {"U64", 8}, {"I32", 4},  {"U32", 4},     {"I16", 2},
      {"U16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};
  for (const auto& row : types) {
    const auto& type = row.first;
    const size_t bytes = row.second;
    CAPTURE(type);
    const std::string shape = "[" + std::to_string(24 / bytes) + "]";
    const Model model(replaced(
        replaced(safetensors_bytes(kFloatTensors), "\"F32\"", "\"" + type + "\""), "[2,3]", shape));
    const Checkpoint checkpoint = open_checkpoint(model.folder.path());
    check_refusal([&] { read_all(checkpoint, "single"); }, "single", type, "F32, F16 or BF16");
  }
}

TEST_CASE("sharded checkpoints are joined") {
  const Model model(safetensors_bytes({kFloatTensors[0]}), "model-1.safetensors");
  write_bytes(model.folder.file("model-2.safetensors"), safetensors_bytes({kFloatTensors[1]}));
  write_bytes(
      model.folder.file("model.safetensors.index.json"),
      R"({"weight_map": {"single": "model-1.safetensors", "half": "model-2.safetensors"}})");
  const Checkpoint checkpoint = open_checkpoint(model.folder.path());
  CHECK(checkpoint.files.size() == 2);
  CHECK(read_all(checkpoint, "single") == kFloatTensors[0].values);
  CHECK(read_all(checkpoint, "half") == kFloatTensors[1].values);

  // A copy where the index does not say so is an old one.
  SavedTensor old = kFloatTensors[0];
  old.values[0] = 99;
  write_bytes(model.folder.file("model-2.safetensors"), safetensors_bytes({old, kFloatTensors[1]}));
  CHECK(read_all(open_checkpoint(model.folder.path()), "single") == kFloatTensors[0].values);
  // What the index says nothing of is read, but only once.
  write_bytes(model.folder.file("model-1.safetensors"),
              safetensors_bytes({kFloatTensors[0], kFloatTensors[2]}));
  CHECK(open_checkpoint(model.folder.path()).tensors.size() == 3);
  write_bytes(model.folder.file("model-2.safetensors"),
              safetensors_bytes({kFloatTensors[1], kFloatTensors[2]}));
  check_refusal([&] { open_checkpoint(model.folder.path()); },
                "tensor brain is also in another file");
  write_bytes(model.folder.file("model-2.safetensors"), safetensors_bytes({kFloatTensors[0]}));
  check_refusal([&] { open_checkpoint(model.folder.path()); },
                "model-2.safetensors: lacks tensor half");
  std::filesystem::remove(model.folder.file("model-2.safetensors"));
  check_refusal([&] { open_checkpoint(model.folder.path()); }, "model-2.safetensors");
  write_bytes(model.folder.file("model.safetensors.index.json"),
              R"({"weight_map": {"single": "../model-1.safetensors"}})");
  check_refusal([&] { open_checkpoint(model.folder.path()); }, "names no file of this folder");
}

}  // namespace fovea::test
