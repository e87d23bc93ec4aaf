#include "tests/support/llama_checkpoint.h"

#include <cmath>
#include <fstream>
#include <random>

#include "tests/support/safetensors.h"

namespace fovea::test {
namespace {

using Random = std::mt19937;

// The standard library's distributions differ between implementations; these do not.
uint32_t between(Random& random, uint32_t least, uint32_t most) {
  return least + random() % (most - least + 1);
}

bool coin(Random& random) {
  return random() % 2 == 0;
}

// Roughly normal, with the given spread.
float noise(Random& random, double spread) {
  double sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<double>(random()) / 4294967296.0 - 0.5;
  return static_cast<float>(sum * std::sqrt(3.0) * spread);
}

uint32_t some_divisor(Random& random, uint32_t n) {
  uint32_t divisor = between(random, 1, n);
  while (n % divisor != 0) --divisor;
  return divisor;
}

class Maker {
 public:
  Maker(LlamaCheckpoint& made, uint32_t seed) : made_(made), random_(seed) {}

  void matrix(const std::string& name, uint32_t outputs, uint32_t columns) {
    fill(name, outputs * columns, 0, 1 / std::sqrt(static_cast<double>(columns)));
  }
  void linear(const std::string& name, uint32_t outputs, uint32_t columns, bool bias) {
    matrix(name + ".weight", outputs, columns);
    if (bias) fill(name + ".bias", outputs, 0, 0.3);
  }
  void gain(const std::string& name, uint32_t n) { fill(name, n, 1, 0.2); }

 private:
  void fill(const std::string& name, uint32_t count, float centre, double spread) {
    std::vector<float>& values = made_.tensors[name];
    for (uint32_t i = 0; i < count; ++i) values.push_back(centre + noise(random_, spread));
  }

  LlamaCheckpoint& made_;
  Random random_;
};

std::vector<uint32_t> shape_of(const LlamaShape& s, const std::string& name, size_t elements) {
  const uint32_t count = static_cast<uint32_t>(elements);
  if (name.find("norm") != std::string::npos || name.ends_with(".bias")) return {count};
  uint32_t columns = s.width;
  if (name.find("o_proj") != std::string::npos) columns = s.heads * s.head_width;
  if (name.find("down_proj") != std::string::npos) columns = s.ffn_width;
  return {count / columns, columns};
}

const char* yes_or_no(bool value) {
  return value ? "true" : "false";
}

}  // namespace

LlamaShape random_llama_shape(uint32_t seed) {
  Random random(seed);
  LlamaShape s;
  s.heads = between(random, 1, 12);
  s.kv_heads = coin(random) ? s.heads : some_divisor(random, s.heads);
  s.head_width = 2 * between(random, 2, 40);
  // Half of the models have a width of their own, as some published ones do.
  s.width = coin(random) ? s.heads * s.head_width : between(random, 3, 150);
  s.ffn_width = between(random, 1, 300);
  s.layers = between(random, 1, 3);
  s.vocabulary = 2 * between(random, 5, 300) + 1;
  s.context = between(random, 20, 300);
  s.epsilon = coin(random) ? 1e-5 : 1e-6;
  s.theta = coin(random) ? 10000 : 500000;
  s.linear_scaling = coin(random) ? 1 : 4;
  s.tied = coin(random);
  s.attention_bias = coin(random);
  s.mlp_bias = coin(random);
  return s;
}

LlamaShape random_shape_of(const std::string& family, uint32_t seed) {
  LlamaShape s = random_llama_shape(seed);
  s.family = family;
  s.mlp_bias = false;
  if (family == "qwen2") s.attention_bias = true;
  if (family == "mistral") s.attention_bias = false;
  s.head_norms = family == "qwen3";
  Random random(~seed);
  if (coin(random)) s.window = between(random, 1, 9);
  if (family != "mistral") s.window_from = between(random, 0, s.layers);
  return s;
}

LlamaCheckpoint random_llama(const LlamaShape& shape, uint32_t seed) {
  LlamaCheckpoint made;
  made.shape = shape;
  Maker maker(made, seed);
  const uint32_t query = shape.heads * shape.head_width, kv = shape.kv_heads * shape.head_width;
  maker.matrix("model.embed_tokens.weight", shape.vocabulary, shape.width);
  for (uint32_t i = 0; i < shape.layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    maker.gain(layer + "input_layernorm.weight", shape.width);
    maker.linear(layer + "self_attn.q_proj", query, shape.width, shape.attention_bias);
    maker.linear(layer + "self_attn.k_proj", kv, shape.width, shape.attention_bias);
    maker.linear(layer + "self_attn.v_proj", kv, shape.width, shape.attention_bias);
    maker.linear(layer + "self_attn.o_proj", shape.width, query, shape.output_bias());
    for (const char* name : {"self_attn.q_norm.weight", "self_attn.k_norm.weight"}) {
      if (shape.head_norms) maker.gain(layer + name, shape.head_width);
    }
    maker.gain(layer + "post_attention_layernorm.weight", shape.width);
    maker.linear(layer + "mlp.gate_proj", shape.ffn_width, shape.width, shape.mlp_bias);
    maker.linear(layer + "mlp.up_proj", shape.ffn_width, shape.width, shape.mlp_bias);
    maker.linear(layer + "mlp.down_proj", shape.width, shape.ffn_width, shape.mlp_bias);
  }
  maker.gain("model.norm.weight", shape.width);
  if (!shape.tied) maker.matrix("lm_head.weight", shape.vocabulary, shape.width);
  return made;
}

std::string config_json(const LlamaShape& s) {
  std::string text = "{\"model_type\": \"" + s.family + "\", \"hidden_act\": \"silu\"";
  const auto add = [&](const char* key, const std::string& value) {
    text += std::string(", \"") + key + "\": " + value;
  };
  add("hidden_size", std::to_string(s.width));
  add("intermediate_size", std::to_string(s.ffn_width));
  add("num_hidden_layers", std::to_string(s.layers));
  add("num_attention_heads", std::to_string(s.heads));
  add("num_key_value_heads", std::to_string(s.kv_heads));
  add("head_dim", std::to_string(s.head_width));
  add("vocab_size", std::to_string(s.vocabulary));
  add("max_position_embeddings", std::to_string(s.context));
  add("rms_norm_eps", s.epsilon == 1e-5 ? "1e-05" : "1e-06");
  add("rope_theta", std::to_string(s.theta));
  add("rope_scaling",
      s.linear_scaling == 1
          ? "null"
          : "{\"rope_type\": \"linear\", \"factor\": " + std::to_string(s.linear_scaling) + "}");
  add("tie_word_embeddings", yes_or_no(s.tied));
  if (s.family == "llama") add("mlp_bias", yes_or_no(s.mlp_bias));
  if (s.family == "llama" || s.family == "qwen3") {
    add("attention_bias", yes_or_no(s.attention_bias));
  }
  const bool said = s.options.find("sliding_window") != std::string::npos;
  if (s.family != "llama" && !said)
    add("sliding_window", s.window == 0 ? "null" : std::to_string(s.window));
  if (s.family.starts_with("qwen")) {
    add("use_sliding_window", yes_or_no(s.window != 0));
    add("max_window_layers", std::to_string(s.window_from));
  }
  return text + s.options + "}\n";
}

std::vector<SavedTensor> saved_tensors(const LlamaCheckpoint& checkpoint) {
  std::vector<SavedTensor> tensors;
  for (const auto& [name, values] : checkpoint.tensors) {
    tensors.push_back({name, shape_of(checkpoint.shape, name, values.size()), values});
  }
  return tensors;
}

void write_checkpoint(const LlamaCheckpoint& checkpoint, const std::string& folder) {
  std::ofstream(folder + "/config.json") << config_json(checkpoint.shape);
  write_safetensors(folder + "/model.safetensors", saved_tensors(checkpoint));
}

}  // namespace fovea::test
