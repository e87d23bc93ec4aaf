#include "tools/import/import.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/graph/fuse.h"

namespace fovea::test {
namespace {

using tools::Graph;

const LlamaShape kShape = {.width = 12,
                           .ffn_width = 10,
                           .layers = 2,
                           .heads = 4,
                           .kv_heads = 2,
                           .head_width = 6,
                           .vocabulary = 21,
                           .context = 40};

// A checkpoint whose config and tensors a test may change.
struct Model {
  TemporaryFolder folder;
  LlamaCheckpoint checkpoint = random_llama(kShape, 1);

  Model() { write(); }
  void write() const { write_checkpoint(checkpoint, folder.path()); }
  // Replaces text in the config.
  void config(const std::string& from, const std::string& to) const {
    std::string text = config_json(checkpoint.shape);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_bytes(folder.file("config.json"), text.replace(at, from.size(), to));
  }
  Graph import(const tools::Maxima& maxima = {}) const {
    return tools::import_model(tools::open_checkpoint(folder.path()), maxima);
  }
};

template <typename... Parts>
void check_config(const std::string& from, const std::string& to, const Parts&... parts) {
  const Model model;
  model.config(from, to);
  check_refusal([&] { model.import(); }, model.folder.path(), parts...);
}

size_t operators(const Graph& graph, schema::Attributes kind) {
  size_t count = 0;
  for (const auto& op : graph.model.methods[0]->operators) count += op->attributes.type == kind;
  return count;
}

}  // namespace

TEST_CASE("a Llama becomes two methods over shared weights and states") {
  const Model model;
  const Graph graph = tools::fuse(model.import());
  REQUIRE(graph.model.methods.size() == 2);
  CHECK(graph.model.methods[0]->name == "forward");
  CHECK(graph.model.methods[1]->name == "next");
  CHECK(graph.model.states.size() == 4);
  CHECK(graph.model.caches[0]->capacity == 48);
  CHECK(graph.model.caches[0]->context == 40);
  CHECK(graph.model.dims.size() == 1);
  // Frequencies, table, classifier, last norm; for each layer two norms and four matrices.
  CHECK(graph.model.weights.size() == 4 + 2 * 6);
}

TEST_CASE("fusing leaves ten operators of a layer") {
  const Model model;
  const Graph plain = model.import(), fused = tools::fuse(model.import());
  using schema::Attributes;
  CHECK(operators(plain, Attributes::Linear) == 2 * 7 + 1);
  CHECK(operators(fused, Attributes::Linear) == 2 * 3 + 1);
  CHECK(operators(fused, Attributes::GatedLinear) == 2);
  CHECK(operators(fused, Attributes::Binary) == 0);
  CHECK(operators(fused, Attributes::Activation) == 0);
  CHECK(fused.model.methods[0]->operators.size() == 1 + 2 * 10 + 2);
}

TEST_CASE("missing and misshapen tensors are named with their shapes") {
  Model model;
  const auto norm = model.checkpoint.tensors.extract("model.layers.1.input_layernorm.weight");
  model.write();
  check_refusal([&] { model.import(); }, "tensor model.layers.1.input_layernorm.weight is missing");
  model.checkpoint.tensors["model.layers.1.input_layernorm.weight"] = {1, 2, 3};
  model.write();
  check_refusal([&] { model.import(); }, "input_layernorm.weight has shape [3]", "[12]");
}

TEST_CASE("tensors that the architecture has no place for are refused") {
  Model model;
  model.checkpoint.tensors["model.layers.0.self_attn.q_norm.weight"] = {1, 2, 3, 4, 5, 6};
  model.write();
  check_refusal([&] { model.import(); }, "q_norm.weight has no place", "llama");
}

TEST_CASE("configs that make no sense are refused") {
  check_config("\"llama\"", "\"mamba\"", "mamba", "known ones are llama");
  check_config("\"model_type\": \"llama\", ", "", "no model_type");
  check_config("\"silu\"", "\"snake\"", "snake", "unknown activation", "silu");
  check_config("\"hidden_size\": 12", "\"hidden_size\": \"12\"", "hidden_size", "whole number");
  check_config("\"hidden_size\": 12", "\"hidden_size\": 0", "hidden_size is 0");
  check_config("\"hidden_size\": 12, ", "", "no hidden_size");
  check_config("\"head_dim\": 6", "\"head_dim\": 4",
               "tensor model.layers.0.self_attn.q_proj.weight has shape [24, 12]", "[16, 12]");
  check_config("\"head_dim\": 6", "\"head_dim\": 5", "head width is 5");
  check_config("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "of 4 cannot be divided",
               "num_key_value_heads of 3");
  check_config("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\"}", "yarn");
  check_config("\"attention_bias\": false", "\"attention_bias\": true", "q_proj.bias is missing");
  check_config("\"attention_bias\": false", "\"attention_bias\": 0", "true or false");
  check_config("\"vocab_size\": 21", "\"vocab_size\": 22", "embed_tokens.weight has shape [21, 12]",
               "[22, 12]");
}

TEST_CASE("heads must divide the width where the config gives no head width") {
  const Model model;
  std::string text = config_json(kShape);
  text.replace(text.find("\"head_dim\": 6, "), 15, "");
  text.replace(text.find("\"num_attention_heads\": 4"), 24, "\"num_attention_heads\": 5");
  write_bytes(model.folder.file("config.json"), text);
  check_refusal([&] { model.import(); }, "hidden_size of 12", "num_attention_heads of 5");
}

}  // namespace fovea::test
