#include "tests/tools/import/gpt2_model.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/reference/attention.h"

namespace fovea::test {
namespace {

// GPT-2 (Radford et al. 2019) as plainly as it can be written.
class Gpt2Oracle {
 public:
  explicit Gpt2Oracle(const Gpt2& model) : m_(model), s_(model.shape) {}

  // [tokens * vocabulary]
  Doubles logits(const std::vector<int32_t>& tokens) const {
    std::vector<Doubles> x;
    for (size_t t = 0; t < tokens.size(); ++t) {
      x.push_back(row("wte.weight", static_cast<size_t>(tokens[t])));
      add(x.back(), row("wpe.weight", t));
    }
    for (uint32_t i = 0; i < s_.layers; ++i) layer(i, x);
    Doubles all;
    for (const Doubles& state : x) {
      const Doubles normed = norm("ln_f", state);
      const Doubles& head = values(s_.tied ? "wte.weight" : "lm_head.weight");
      const Doubles made = linear(normed, head, {}, 1, s_.width, s_.vocabulary);
      all.insert(all.end(), made.begin(), made.end());
    }
    return all;
  }

 private:
  Doubles values(const std::string& name) const {
    const std::vector<float>& stored = m_.tensors.at(name).values;
    return {stored.begin(), stored.end()};
  }
  Doubles row(const std::string& name, size_t index) const {
    const Doubles all = values(name);
    const auto first = all.begin() + static_cast<long>(index * s_.width);
    return {first, first + s_.width};
  }
  static void add(Doubles& x, const Doubles& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }
  Doubles norm(const std::string& name, const Doubles& x) const {
    return layer_norm(x, values(name + ".weight"), values(name + ".bias"), s_.width, 1e-5);
  }
  Doubles conv1d(const std::string& name, const Doubles& x) const {
    const Doubles w = values(name + ".weight");
    Doubles y = values(name + ".bias");
    for (size_t k = 0; k < x.size(); ++k) {
      for (size_t n = 0; n < y.size(); ++n) y[n] += x[k] * w[k * y.size() + n];
    }
    return y;
  }

  void layer(uint32_t index, std::vector<Doubles>& x) const {
    const std::string name = "h." + std::to_string(index) + ".";
    const size_t head_width = s_.width / s_.heads;
    double scale = s_.scaled ? 1 / std::sqrt(static_cast<double>(head_width)) : 1;
    if (s_.by_layer) scale /= index + 1;
    std::vector<Doubles> joined;
    for (size_t t = 0; t < x.size(); ++t) {
      joined.push_back(conv1d(name + "attn.c_attn", norm(name + "ln_1", x[t])));
      Doubles seen;
      for (size_t at = 0; at < s_.width; at += head_width) {
        Doubles keys, of_values;
        for (const Doubles& past : joined) {
          const double* key = &past[s_.width + at];
          keys.insert(keys.end(), key, key + head_width);
          of_values.insert(of_values.end(), key + s_.width, key + s_.width + head_width);
        }
        const Attended head = attend(&joined[t][at], keys.data(), of_values.data(), t + 1,
                                     head_width, head_width, {.scale = scale});
        seen.insert(seen.end(), head.y.begin(), head.y.end());
      }
      add(x[t], conv1d(name + "attn.c_proj", seen));
      Doubles wide = conv1d(name + "mlp.c_fc", norm(name + "ln_2", x[t]));
      const bool tanh = s_.function == std::string("gelu_new");
      for (double& value : wide) {
        value = apply(tanh ? kernels::Function::kGeluTanh : kernels::Function::kRelu, value);
      }
      add(x[t], conv1d(name + "mlp.c_proj", wide));
    }
  }

  const Gpt2& m_;
  const Gpt2Shape& s_;
};

}  // namespace

Gpt2::Gpt2(const Gpt2Shape& s) : shape(s) {
  add("wte.weight", {s.vocabulary, s.width}, 0, 1);
  add("wpe.weight", {s.positions, s.width}, 0, 0.5);
  for (uint32_t i = 0; i < s.layers; ++i) {
    const std::string layer = "h." + std::to_string(i) + ".";
    norm(layer + "ln_1");
    linear(layer + "attn.c_attn", s.width, 3 * s.width);
    linear(layer + "attn.c_proj", s.width, s.width);
    norm(layer + "ln_2");
    linear(layer + "mlp.c_fc", s.width, s.ffn_width);
    linear(layer + "mlp.c_proj", s.ffn_width, s.width);
  }
  norm("ln_f");
  if (!s.tied) add("lm_head.weight", {s.vocabulary, s.width}, 0, 0.3);
}

void Gpt2::add(const std::string& name, std::vector<uint32_t> extents, double centre,
               double spread) {
  size_t count = 1;
  for (const uint32_t extent : extents) count *= extent;
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(centre + spread * (random() / 2147483648.0 - 1));
  }
  tensors[name] = {name, std::move(extents), std::move(values)};
}

std::string Gpt2::config() const {
  nlohmann::json config = {{"model_type", "gpt2"},
                           {"architectures", {"GPT2LMHeadModel"}},
                           {"activation_function", shape.function},
                           {"n_embd", shape.width},
                           {"n_head", shape.heads},
                           {"n_layer", shape.layers},
                           {"n_inner", shape.ffn_width},
                           {"vocab_size", shape.vocabulary},
                           {"n_positions", shape.positions}};
  config.update(nlohmann::json::parse("{" + shape.options + "}"));
  return config.dump();
}

void Gpt2::write(const TemporaryFolder& folder, const std::string& base) const {
  std::vector<SavedTensor> saved;
  for (auto [name, tensor] : tensors) {
    if (name != "lm_head.weight") tensor.name = base + name;
    saved.push_back(tensor);
  }
  write_bytes(folder.file("config.json"), config());
  write_safetensors(folder.file("model.safetensors"), saved);
}

Doubles gpt2_logits(const Gpt2& model, const std::vector<int32_t>& tokens) {
  return Gpt2Oracle(model).logits(tokens);
}

}  // namespace fovea::test
