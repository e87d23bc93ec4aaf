#include "tools/import/import.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/import/small_llama.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/common/error.h"
#include "tools/graph/fuse.h"
#include "tools/plan/plan.h"

namespace fovea::test {
namespace {

using tools::Graph;

size_t operators(const Graph& graph, schema::Attributes kind) {
  size_t count = 0;
  for (const auto& op : graph.model.methods[0]->operators) count += op->attributes.type == kind;
  return count;
}

}  // namespace

TEST_CASE("a Llama becomes two methods over shared weights and states") {
  const SmallLlama model;
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
  const SmallLlama model;
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
  const SmallLlama model;
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
  SmallLlama model;
  const auto norm = model.checkpoint.tensors.extract("model.layers.1.input_layernorm.weight");
  model.write();
  check_refusal([&] { model.import(); }, "tensor model.layers.1.input_layernorm.weight is missing");
  model.checkpoint.tensors["model.layers.1.input_layernorm.weight"] = {1, 2, 3};
  model.write();
  check_refusal([&] { model.import(); }, "input_layernorm.weight has shape [3]", "[12]");
}

TEST_CASE("tensors that the architecture has no place for are refused") {
  SmallLlama model;
  model.checkpoint.tensors["model.layers.0.self_attn.q_norm.weight"] = {1, 2, 3, 4, 5, 6};
  model.write();
  check_refusal([&] { model.import(); }, "q_norm.weight has no place", "llama");
}

TEST_CASE("a tied head that is stored is compared: equal, or used") {
  for (const bool equal : {true, false}) {
    SmallLlama model;
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
  const SmallLlama model;
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
  SmallLlama model;
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

}  // namespace fovea::test
