#include "tools/import/compare.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace fovea::test {
namespace {

// Compares two tensors of a checkpoint.
bool same(const SavedTensor& a, const SavedTensor& b) {
  const TemporaryFolder folder;
  write_bytes(folder.file("config.json"), "{\"model_type\": \"llama\"}");
  write_safetensors(folder.file("model.safetensors"), {a, b});
  return tools::same_numbers(tools::open_checkpoint(folder.path()), a.name, b.name);
}

bool holds(const SavedTensor& tensor, const std::vector<double>& numbers) {
  const TemporaryFolder folder;
  write_bytes(folder.file("config.json"), "{\"model_type\": \"llama\"}");
  write_safetensors(folder.file("model.safetensors"), {tensor});
  return tools::holds_numbers(tools::open_checkpoint(folder.path()), tensor.name, numbers);
}

}  // namespace

TEST_CASE("tensors that are longer than a step of comparing are compared to their ends") {
  constexpr uint32_t kCount = 2 * 65536 + 3;
  const SavedTensor a = {"a", {kCount}, std::vector<float>(kCount, 0.5f)};
  SavedTensor b = a;
  b.name = "b";
  CHECK(same(a, b));
  for (const size_t at : {size_t{0}, size_t{65535}, size_t{65536}, size_t{kCount - 1}}) {
    CAPTURE(at);
    SavedTensor other = b;
    other.values[at] = 0.25f;
    CHECK(!same(a, other));
  }
}

TEST_CASE("tensors of other types may hold the same numbers, those of other shapes may not") {
  const SavedTensor a = {"a", {2, 3}, {1, 2, 3, 4, 5, 6}};
  CHECK(same(a, {"b", {2, 3}, a.values, "F16"}));
  CHECK(same(a, {"b", {2, 3}, a.values, "BF16"}));
  CHECK(!same(a, {"b", {3, 2}, a.values}));
}

TEST_CASE("numbers may be off by the rounding of their type and of f32") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(holds({"a", {2}, {1000, -0.001f}}, {1000.0003, -0.001}));
  CHECK(!holds({"a", {2}, {1000, -0.001f}}, {1000.001, -0.001}));
  CHECK(!holds({"a", {2}, {1000, -0.001f}}, {1000, -0.00100001}));
  CHECK(!holds({"a", {2}, {1000, -0.001f}}, {1000, 0.001}));
  CHECK(holds({"a", {1}, {1000}, "F16"}, {1000.4}));
  CHECK(!holds({"a", {1}, {1000}, "F16"}, {1002}));
  CHECK(!holds({"a", {1}, {1000}}, {1000, 1000}));
  CHECK(!holds({"a", {1}, {infinity}}, {1}));
}

}  // namespace fovea::test
