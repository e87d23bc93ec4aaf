// What the one builder makes of descriptions that no family has yet.

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/tools/import/stored_llama.h"
#include "tests/tools/refused.h"

namespace fovea::test {
TEST_CASE("layers follow the pattern") {
  StoredLlama model;
  for (const char* part : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
    for (const char* kind : {".weight", ".bias"}) {
      model.take(std::string("model.layers.1.self_attn.") + part + kind);
    }
  }
  model.take("model.layers.1.input_layernorm.weight");
  const Graph graph = build(model, [](TransformerSpec& spec) {
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
    const Graph graph = build(StoredLlama(), [&](TransformerSpec& spec) {
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
  const std::string wanted = packed(StoredLlama(), unchanged);
  StoredLlama model;
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

}  // namespace fovea::test
