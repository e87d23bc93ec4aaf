#include "tools/import/import.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/common/error.h"
#include "tools/graph/fuse.h"
#include "tools/import/config.h"
#include "tools/plan/plan.h"

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
  CHECK(operators(fused, Attributes::RotaryTable) == 1);  // for all layers
  CHECK(fused.model.methods[0]->operators.size() == 1 + 2 * 10 + 3);
}

TEST_CASE("windows that are asked for make the cache a ring, where that is smaller") {
  const Model model;
  const auto planned = [&](const tools::Maxima& maxima) {
    Graph graph = tools::fuse(model.import(maxima));
    tools::plan(graph.model);
    return graph;
  };
  Graph graph = planned({{"window", 4}, {"kept", 2}, {"tokens", 2}, {"context", 100000}});
  const schema::CacheT& cache = *graph.model.caches[0];
  CHECK(cache.context == 100000);
  CHECK(cache.ring == 32);  // (2 + 3 + 30) / 16 blocks
  CHECK(cache.capacity == 48);
  for (const auto& op : graph.model.methods[0]->operators) {
    const schema::AttentionT* attention = op->attributes.AsAttention();
    if (attention == nullptr) continue;
    REQUIRE(attention->scoring != nullptr);
    CHECK(attention->scoring->before == 3);
    CHECK(attention->scoring->kept == 2);
  }
  tools::set_maxima(graph.model, {{"tokens", 20}});
  tools::plan(graph.model);
  CHECK(cache.ring == 48);
  CHECK(cache.capacity == 64);
  tools::set_maxima(graph.model, {{"context", 50}});  // no more than a ring and its first slots
  tools::plan(graph.model);
  CHECK(cache.ring == 0);
  CHECK(cache.capacity == 64);
  CHECK(planned({}).model.caches[0]->ring == 0);
  CHECK_THROWS_AS(planned({{"context", 41}}), tools::UsageError);
  CHECK(planned({{"window", 4}, {"tokens", 1}}).model.caches[0]->capacity == 32);
  CHECK_THROWS_WITH_AS(planned({{"kept", 2}}), doctest::Contains("--max window=N"),
                       tools::UsageError);
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
  check_config("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\"}",
               "rope_scaling.factor");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": \"x\"", "rms_norm_eps is \"x\"",
               "finite number");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": NaN", "rms_norm_eps is NaN",
               "finite number");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": -Infinity", "-Infinity");
  check_config("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "num_hidden_layers is 3",
               "tensors of 2 such layers");
  check_config("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "model.layers.1.",
               "has no place");
  check_config("\"head_dim\": 6", "\"head_dim\": 1073741824", "heads of 1073741824 elements");
  check_config("\"attention_bias\": false", "\"attention_bias\": true", "q_proj.bias is missing");
  check_config("\"attention_bias\": false", "\"attention_bias\": 0", "true or false");
  check_config("\"vocab_size\": 21", "\"vocab_size\": 22", "embed_tokens.weight has shape [21, 12]",
               "[22, 12]");
}

TEST_CASE("every key of a config is read, known to be without effect, or refused by name") {
  const std::string at = "\"model_type\": \"llama\"";
  const auto with = [&](const std::string& members) { return at + ", " + members; };
  check_config(at, with("\"sliding_window\": 4096, \"logit_scale\": 2"), "logit_scale (2)",
               "sliding_window (4096)",
               "convert with --ignore logit_scale --ignore sliding_window");
  check_config(at, with("\"pretraining_tp\": 2"), "pretraining_tp (2)");
  check_config(at, with("\"rope_interleaved\": true"), "rope_interleaved (true)");
  check_config(at, with("\"quantization_config\": {\"bits\": 4}"), "quantization_config");
  check_config("\"rope_scaling\": null",
               "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"gamma\": 1}",
               "rope_scaling.gamma (1)");
  const Model model;
  model.config(at, with("\"pretraining_tp\": 1, \"sliding_window\": null, \"use_cache\": false, "
                        "\"attention_dropout\": 0.1, \"bos_token_id\": 1, "
                        "\"eos_token_id\": [2, 3], \"temperature\": Infinity, "
                        "\"transformers_version\": \"5.24.0\", \"dtype\": \"float32\", "
                        "\"architectures\": [\"LlamaForCausalLM\"]"));
  CHECK(model.import().model.methods.size() == 2);
  // As SmolLM2 is published.
  model.config(at,
               with("\"is_llama_config\": true, \"rope_interleaved\": false, "
                    "\"transformers.js_config\": {\"kv_cache_dtype\": {\"q4f16\": \"float16\"}}, "
                    "\"neftune_noise_alpha\": 5"));
  CHECK(model.import().model.methods.size() == 2);
}

TEST_CASE("keys can be taken out of a config") {
  nlohmann::json config = {{"a", 1}, {"b", {{"c", 2}, {"d", {{"e", 3}}}}}, {"f.g", 4}};
  tools::remove_keys(config, {"a", "b.c", "b.d.e", "f.g"});
  CHECK(config == nlohmann::json{{"b", {{"d", nlohmann::json::object()}}}});
  for (const char* key : {"a", "b.c", "b.x.y", "", "."}) {
    CHECK_THROWS_AS(tools::remove_keys(config, {key}), tools::UsageError);
  }
}

TEST_CASE("classes with another head than the family's are refused") {
  const std::string at = "\"model_type\": \"llama\"";
  check_config(at, at + ", \"architectures\": [\"LlamaForMultipleChoice\"]",
               "LlamaForMultipleChoice", "LlamaForCausalLM");
}

TEST_CASE("a tied head that is stored is compared: equal, or used") {
  for (const bool equal : {true, false}) {
    Model model;
    model.checkpoint.shape.tied = true;
    model.checkpoint.tensors["lm_head.weight"] =
        model.checkpoint.tensors["model.embed_tokens.weight"];
    if (!equal) model.checkpoint.tensors["lm_head.weight"][250] += 1;  // the last but one
    model.write();
    const Graph graph = model.import();
    CHECK((tools::find_weight(graph, "lm_head.weight") < 0) == equal);
    REQUIRE(graph.notes.empty() == equal);
    if (!equal) CHECK(graph.notes[0].find("lm_head.weight differs from") != std::string::npos);
  }
}

TEST_CASE("stored inverse frequencies are compared") {
  const Model model;
  const std::vector<float> frequencies = {1, 0.0464158883f, 0.00215443469f};  // 10^(-4 i / 3)
  const auto import = [&](const std::vector<float>& numbers) {
    const std::string name = "model.layers.0.self_attn.rotary_emb.inv_freq";
    std::vector<SavedTensor> tensors = saved_tensors(model.checkpoint);
    tensors.push_back({name, {static_cast<uint32_t>(numbers.size())}, numbers});
    write_safetensors(model.folder.file("model.safetensors"), tensors);
    return model.import();
  };
  CHECK(import(frequencies).model.methods.size() == 2);
  std::vector<float> other = frequencies;
  other[2] *= 1.001f;
  check_refusal([&] { import(other); }, "rotary_emb.inv_freq holds other numbers",
                "rotary embedding");
  other = {1, 0.0464158883f};
  check_refusal([&] { import(other); }, "rotary_emb.inv_freq holds other numbers");
}

TEST_CASE("a base model's tensors are found without their prefix") {
  Model model;
  model.checkpoint.shape.tied = true;
  std::map<std::string, std::vector<float>> bare;
  for (auto& [name, values] : model.checkpoint.tensors) {
    if (name.starts_with("model.")) bare[name.substr(6)] = values;
  }
  model.checkpoint.tensors = bare;
  model.write();
  const Graph graph = tools::fuse(model.import());
  CHECK(graph.model.weights.size() == 3 + 2 * 6);
  CHECK(graph.sources[0].parts[0].tensor == "embed_tokens.weight");
  model.checkpoint.tensors["layers.1.q_norm.weight"] = {1};
  model.write();
  check_refusal([&] { model.import(); }, "tensor layers.1.q_norm.weight has no place");
}

TEST_CASE("angles beyond what sines are right for are refused") {
  check_config("\"rope_scaling\": null",
               "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 1e-6}", "position 39",
               "--max context=N");
}

TEST_CASE("pooling first gives one row, none gives all") {
  const auto rows = [](const std::string& pooling) {
    const TemporaryFolder folder;
    write_bytes(
        folder.file("config.json"),
        R"({"model_type": "fovea-encoder", "input": "features", "features": 2, "width": 4, )"
        R"("heads": 1, "layers": 1, "ffn_width": 3, "activation": "relu", "max_tokens": 5, )"
        R"("positions": "none")" +
            pooling + "}");
    std::vector<SavedTensor> tensors;
    const auto matrix = [&](const std::string& name, uint32_t outputs, uint32_t columns) {
      tensors.push_back({name, {outputs, columns}, std::vector<float>(outputs * columns, 0.5f)});
    };
    const auto norm = [&](const std::string& name) {
      tensors.push_back({name + ".weight", {4}, {1, 1, 1, 1}});
      tensors.push_back({name + ".bias", {4}, {0, 0, 0, 0}});
    };
    matrix("features.weight", 4, 2);
    for (const char* part : {"query", "key", "value", "output"}) {
      matrix(std::string("layers.0.attention.") + part + ".weight", 4, 4);
    }
    matrix("layers.0.ffn.up.weight", 3, 4);
    matrix("layers.0.ffn.down.weight", 4, 3);
    for (const char* name : {"layers.0.attention_norm", "layers.0.ffn_norm", "norm"}) norm(name);
    write_safetensors(folder.file("model.safetensors"), tensors);
    const Graph graph = tools::import_model(tools::open_checkpoint(folder.path()), {});
    const auto& method = *graph.model.methods[0];
    return tools::tensor_bytes(graph.model, *method.tensors[method.outputs[0]]) / (4 * 4);
  };
  CHECK(rows("") == 5);
  CHECK(rows(", \"pooling\": \"none\"") == 5);
  CHECK(rows(", \"pooling\": \"first\"") == 1);
  check_refusal([&] { rows(", \"pooling\": \"mean\""); }, "pooling", "known are first, none");
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
