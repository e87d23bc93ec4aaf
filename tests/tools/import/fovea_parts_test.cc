// What fovea's own layouts may leave out or say of each head.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/import/import.h"

namespace fovea::test {
namespace {

using tools::Graph;

// Attention alone, two heads of 3 and 5 columns at a width of 7.
Graph import_attention(const std::string& more) {
  const TemporaryFolder folder;
  write_bytes(folder.file("config.json"),
              R"({"model_type": "fovea-encoder", "vocabulary_size": 2, "width": 7, "heads": 2, )"
              R"("layers": 1, "max_tokens": 9, "positions": "none", "value_width": 5)" +
                  more + "}");
  std::vector<SavedTensor> tensors;
  const auto matrix = [&](const std::string& name, uint32_t outputs, uint32_t columns) {
    tensors.push_back({name, {outputs, columns}, std::vector<float>(outputs * columns, 0.5f)});
  };
  matrix("embed.weight", 2, 7);
  matrix("layers.0.attention.query.weight", 6, 7);
  matrix("layers.0.attention.key.weight", 6, 7);
  matrix("layers.0.attention.value.weight", 10, 7);
  matrix("layers.0.attention.output.weight", 7, 10);
  write_safetensors(folder.file("model.safetensors"), tensors);
  return tools::import_model(tools::open_checkpoint(folder.path()), {});
}

const schema::AttentionT& attention(const Graph& graph) {
  for (const auto& op : graph.model.methods[0]->operators) {
    if (const auto* found = op->attributes.AsAttention()) return *found;
  }
  FAIL("no attention");
  return *graph.model.methods[0]->operators[0]->attributes.AsAttention();
}

const std::string kAlone = R"(, "key_width": 3, "norm": "none", "feed_forward": false)";

}  // namespace

TEST_CASE("attention alone, without norms, its heads as wide as the config says") {
  const Graph graph = import_attention(kAlone);
  CHECK(attention(graph).key_width == 3);
  CHECK(attention(graph).value_width == 5);
  CHECK(attention(graph).scoring == nullptr);
  for (const auto& op : graph.model.methods[0]->operators) {
    CHECK(op->attributes.type != schema::Attributes::LayerNorm);
  }
}

TEST_CASE("an encoder's window is as wide before a token as after it") {
  const Graph graph = import_attention(kAlone + R"(, "window": 3)");
  REQUIRE(attention(graph).scoring != nullptr);
  CHECK(attention(graph).scoring->before == 3);
  CHECK(attention(graph).scoring->after == 3);
  check_refusal([] { import_attention(kAlone + R"(, "window": 0)"); }, "window", "from 1");
  check_refusal([] { import_attention(kAlone + R"(, "window": 4000000000)"); }, "window", "");
}

TEST_CASE("keys of parts that a layout leaves out are refused") {
  check_refusal([] { import_attention(kAlone + R"(, "norm_eps": 1e-5)"); }, "norm_eps", "ignore");
  check_refusal([] { import_attention(kAlone + R"(, "ffn_width": 4)"); }, "ffn_width", "ignore");
  check_refusal([] { import_attention(R"(, "norm": "none", "feed_forward": false)"); },
                "width of 7", "heads of 2");
}

}  // namespace fovea::test
