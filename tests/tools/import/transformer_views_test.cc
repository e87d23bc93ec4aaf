// Weights that are views of stored tensors: parts, transposed, in another order, with a number
// added.

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/tools/import/stored_llama.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

// [rows, columns] to [columns, rows].
SavedTensor transposed(SavedTensor tensor) {
  const uint32_t rows = tensor.shape[0], columns = tensor.shape[1];
  std::vector<float> values(tensor.values.size());
  for (uint32_t i = 0; i < rows; ++i) {
    for (uint32_t k = 0; k < columns; ++k) {
      values[k * rows + i] = tensor.values[i * columns + k];
    }
  }
  return {tensor.name, {columns, rows}, values};
}

// Query, key and value of each layer as one tensor, stored as [columns, rows], with one bias.
void join_attention(StoredLlama& model) {
  for (uint32_t i = 0; i < kStoredLlama.layers; ++i) {
    const std::string name = "model.layers." + std::to_string(i) + ".self_attn.";
    for (const char* kind : {".weight", ".bias"}) {
      SavedTensor joined = {name + "c_attn" + kind, {0}, {}};
      for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
        const SavedTensor taken = model.take(name + part + kind);
        joined.shape[0] += taken.shape[0];
        joined.values.insert(joined.values.end(), taken.values.begin(), taken.values.end());
      }
      if (kind == std::string(".weight")) {
        joined.shape.push_back(kStoredLlama.width);
        joined = transposed(joined);
      }
      model.tensors.push_back(joined);
    }
  }
}

}  // namespace

TEST_CASE("query, key and value of one transposed tensor are those of three") {
  const std::string apart = packed(StoredLlama(), unchanged);
  StoredLlama model;
  join_attention(model);
  const uint32_t query = kStoredLlama.heads * kStoredLlama.head_width,
                 kv = kStoredLlama.kv_heads * kStoredLlama.head_width;
  const auto rows = [&](uint32_t first) {
    return tools::View{.rows = query + 2 * kv, .transposed = true, .first = first};
  };
  const std::string joined = packed(model, [&](TransformerSpec& spec) {
    const std::string name = "self_attn.c_attn";
    attention(spec).query = {name, rows(0), tools::Bias::kRequired};
    attention(spec).key = {name, rows(query), tools::Bias::kRequired};
    attention(spec).value = {name, rows(query + kv), tools::Bias::kRequired};
  });
  CHECK(joined == apart);
}

TEST_CASE("a view asks for the whole tensor that it is of") {
  StoredLlama model;
  check_refusal(
      [&] { build(model, [](TransformerSpec& spec) { attention(spec).query.view.rows = 48; }); },
      "q_proj.weight has shape [24, 12]", "[48, 12]");
}

TEST_CASE("rows in another order are put back, those of the bias too") {
  const std::string wanted = packed(StoredLlama(), unchanged);
  // Row i of a head is stored at place i / 2, in the second half if i is odd.
  const uint32_t half = kStoredLlama.head_width / 2,
                 rows = kStoredLlama.heads * kStoredLlama.head_width;
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t head = i / kStoredLlama.head_width, at = i % kStoredLlama.head_width;
    order.push_back(head * kStoredLlama.head_width + at / 2 + at % 2 * half);
  }
  StoredLlama model;
  for (SavedTensor& tensor : model.tensors) {
    if (tensor.name.find("q_proj") == std::string::npos) continue;
    const std::vector<float> values = tensor.values;
    const size_t columns = values.size() / rows;
    for (size_t i = 0; i < values.size(); ++i) {
      tensor.values[order[i / columns] * columns + i % columns] = values[i];
    }
  }
  CHECK(packed(model, unchanged) != wanted);
  CHECK(packed(model, [&](TransformerSpec& spec) { attention(spec).query.view.order = order; }) ==
        wanted);
}

TEST_CASE("a number is added to the weights of norms alone") {
  StoredLlama model;
  for (SavedTensor& tensor : model.tensors) {
    if (tensor.name.find("norm") == std::string::npos) continue;
    for (float& value : tensor.values) value = 1.5f;
  }
  const std::string wanted = packed(model, unchanged);
  for (SavedTensor& tensor : model.tensors) {
    if (tensor.name.find("norm") == std::string::npos) continue;
    for (float& value : tensor.values) value = 0.5f;
  }
  CHECK(packed(model, unchanged) != wanted);
  CHECK(packed(model, [](TransformerSpec& spec) { spec.norm.add = 1; }) == wanted);
}

}  // namespace fovea::test
