// What the one builder makes of descriptions that no family has yet.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/support/llama_checkpoint.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/graph/fuse.h"
#include "tools/import/build.h"
#include "tools/import/families.h"
#include "tools/pack/pack.h"

namespace fovea::test {
namespace {

using tools::Checkpoint;
using tools::Graph;
using tools::TransformerSpec;

const LlamaShape kShape = {.width = 12,
                           .ffn_width = 10,
                           .layers = 3,
                           .heads = 4,
                           .kv_heads = 2,
                           .head_width = 6,
                           .vocabulary = 21,
                           .context = 40,
                           .attention_bias = true};

// The tensors of a Llama, of which a test makes another layout.
struct Model {
  std::vector<SavedTensor> tensors = saved_tensors(random_llama(kShape, 1));

  SavedTensor take(const std::string& name) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].name != name) continue;
      SavedTensor found = tensors[i];
      tensors.erase(tensors.begin() + static_cast<ptrdiff_t>(i));
      return found;
    }
    FAIL("no tensor ", name);
    return {};
  }
};

TransformerSpec describe(const Checkpoint& checkpoint) {
  const tools::Config config(checkpoint.config, checkpoint.path);
  return tools::kLlama.describe(config, checkpoint);
}

// Builds what `change` makes of the Llama's description.
template <typename F>
Graph build(const Model& model, const TemporaryFolder& folder, Checkpoint& checkpoint, F change) {
  write_bytes(folder.file("config.json"), config_json(kShape));
  write_safetensors(folder.file("model.safetensors"), model.tensors);
  checkpoint = tools::open_checkpoint(folder.path());
  TransformerSpec spec = describe(checkpoint);
  change(spec);
  return tools::fuse(tools::build_transformer(std::move(spec), checkpoint, {}, "test"));
}

// The packed weights of a graph.
template <typename F>
std::string packed(const Model& model, F change) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  Graph graph = build(model, folder, checkpoint, change);
  tools::place_weights(graph.model);
  std::string bytes;
  tools::pack_weights(checkpoint, graph, [&](std::span<const uint8_t> part) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  });
  return bytes;
}

void unchanged(TransformerSpec&) {}

tools::AttentionSpec& attention(TransformerSpec& spec) {
  return std::get<tools::AttentionSpec>(spec.decoder->layers.pattern[0][0].part);
}

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
void join_attention(Model& model) {
  for (uint32_t i = 0; i < kShape.layers; ++i) {
    const std::string name = "model.layers." + std::to_string(i) + ".self_attn.";
    for (const char* kind : {".weight", ".bias"}) {
      SavedTensor joined = {name + "c_attn" + kind, {0}, {}};
      for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
        const SavedTensor taken = model.take(name + part + kind);
        joined.shape[0] += taken.shape[0];
        joined.values.insert(joined.values.end(), taken.values.begin(), taken.values.end());
      }
      if (kind == std::string(".weight")) {
        joined.shape.push_back(kShape.width);
        joined = transposed(joined);
      }
      model.tensors.push_back(joined);
    }
  }
}

}  // namespace

TEST_CASE("query, key and value of one transposed tensor are those of three") {
  const std::string apart = packed(Model(), unchanged);
  Model model;
  join_attention(model);
  const uint32_t query = kShape.heads * kShape.head_width, kv = kShape.kv_heads * kShape.head_width;
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
  Model model;
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  check_refusal(
      [&] {
        build(model, folder, checkpoint,
              [](TransformerSpec& spec) { attention(spec).query.view.rows = 48; });
      },
      "q_proj.weight has shape [24, 12]", "[48, 12]");
}

TEST_CASE("rows in another order are put back, those of the bias too") {
  const std::string wanted = packed(Model(), unchanged);
  // Row i of a head is stored at place i / 2, in the second half if i is odd.
  const uint32_t half = kShape.head_width / 2, rows = kShape.heads * kShape.head_width;
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t head = i / kShape.head_width, at = i % kShape.head_width;
    order.push_back(head * kShape.head_width + at / 2 + at % 2 * half);
  }
  Model model;
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
  Model model;
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

TEST_CASE("layers follow the pattern") {
  Model model;
  for (const char* part : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    for (const char* kind : {".weight", ".bias"}) {
      model.take(std::string("model.layers.1.self_attn.") + part + kind);
    }
  }
  model.take("model.layers.1.input_layernorm.weight");
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  const Graph graph = build(model, folder, checkpoint, [](TransformerSpec& spec) {
    auto& pattern = spec.decoder->layers.pattern;
    pattern.push_back({pattern[0][1]});  // every second layer is a feed-forward alone
  });
  size_t attentions = 0, gated = 0;
  for (const auto& op : graph.model.methods[0]->operators) {
    attentions += op->attributes.type == schema::Attributes::Attention;
    gated += op->attributes.type == schema::Attributes::GatedLinear;
  }
  CHECK(attentions == 2);
  CHECK(gated == 3);
  CHECK(graph.model.states.size() == 4);
}

TEST_CASE("an attention may say how scores are scaled") {
  const auto scales = [](double scale) {
    const TemporaryFolder folder;
    Checkpoint checkpoint;
    const Graph graph = build(Model(), folder, checkpoint, [&](TransformerSpec& spec) {
      auto& pattern = spec.decoder->layers.pattern;
      pattern.push_back(pattern[0]);
      attention(spec).scale = scale;
    });
    std::vector<float> found;
    for (const auto& op : graph.model.methods[0]->operators) {
      if (const auto* a = op->attributes.AsAttention()) found.push_back(a->scale);
    }
    return found;
  };
  const float usual = static_cast<float>(1 / std::sqrt(6.0));
  CHECK(scales(0) == std::vector<float>{usual, usual, usual});
  CHECK(scales(0.75) == std::vector<float>{0.75f, usual, 0.75f});
}

TEST_CASE("a layer may have tensors that nothing needs") {
  const std::string wanted = packed(Model(), unchanged);
  Model model;
  for (const char* name : {"model.layers.0.self_attn.mask", "model.layers.2.self_attn.mask"}) {
    model.tensors.push_back({name, {2, 2}, {1, 0, 1, 1}});
  }
  const auto ignore = [](TransformerSpec& spec) {
    spec.decoder->layers.ignored = {"self_attn.mask"};
  };
  CHECK(packed(model, ignore) == wanted);
  check_refusal([&] { packed(model, unchanged); }, "model.layers.0.self_attn.mask (and 1 more)");
  model.tensors.push_back({"model.layers.3.self_attn.mask", {1}, {1}});
  check_refusal([&] { packed(model, ignore); }, "model.layers.3.self_attn.mask");
}

TEST_CASE("no word names two families") {
  std::map<std::string, const tools::Family*> words;
  for (const tools::Family* family : tools::families()) {
    CHECK(family->has(family->model_type));
    CHECK(words.emplace(family->model_type, family).second);
    for (const std::string_view word : family->heads()) {
      const auto found = words.emplace(word, family).first;  // a word may be a model_type, too
      CHECK(found->second == family);
    }
  }
  CHECK(words.size() >= 4);
}

}  // namespace fovea::test
