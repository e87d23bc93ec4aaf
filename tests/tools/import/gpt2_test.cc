// GPT-2 through the whole of it: Hugging Face folder, convert, public API, against the same model
// in double precision.

#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "fovea/fovea.hpp"
#include "tests/reference/attention.h"
#include "tests/reference/ops.h"
#include "tests/support/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"

namespace fovea::test {
namespace {

struct Shape {
  uint32_t width, heads, layers, ffn_width, vocabulary, positions;
  std::string options = {};  // keys of the config, and their values
  const char* function = "gelu_new";
  bool scaled = true, by_layer = false, tied = true;
};

struct Model {
  Shape shape;
  std::map<std::string, SavedTensor> tensors = {};
  std::mt19937 random = std::mt19937(7);

  explicit Model(const Shape& s) : shape(s) {
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

  void norm(const std::string& name) {
    add(name + ".weight", {shape.width}, 1, 0.3);
    add(name + ".bias", {shape.width}, 0, 0.3);
  }
  // As Hugging Face's Conv1D stores it: [columns, outputs].
  void linear(const std::string& name, uint32_t columns, uint32_t outputs) {
    add(name + ".weight", {columns, outputs}, 0, 1.5 / std::sqrt(static_cast<double>(columns)));
    add(name + ".bias", {outputs}, 0, 0.3);
  }
  void add(const std::string& name, std::vector<uint32_t> extents, double centre, double spread) {
    size_t count = 1;
    for (const uint32_t extent : extents) count *= extent;
    std::vector<float> values(count);
    for (float& value : values) {
      value = static_cast<float>(centre + spread * (random() / 2147483648.0 - 1));
    }
    tensors[name] = {name, std::move(extents), std::move(values)};
  }

  std::string config() const {
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
  // `base`: what the names of the base class's tensors begin with.
  void write(const TemporaryFolder& folder, const std::string& base = "transformer.") const {
    std::vector<SavedTensor> saved;
    for (auto [name, tensor] : tensors) {
      if (name != "lm_head.weight") tensor.name = base + name;
      saved.push_back(tensor);
    }
    write_bytes(folder.file("config.json"), config());
    write_safetensors(folder.file("model.safetensors"), saved);
  }
};

// GPT-2 (Radford et al. 2019) as plainly as it can be written.
class Oracle {
 public:
  explicit Oracle(const Model& model) : m_(model), s_(model.shape) {}

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

  const Model& m_;
  const Shape& s_;
};

// A converted model, bound to memory of its own.
class Converted {
 public:
  explicit Converted(const std::string& path) : file_(path) {
    const auto opened = fovea::Model::open(file_.bytes().data(), file_.bytes().size());
    REQUIRE(opened);
    const size_t bytes = opened->arena().total;
    arena_.reset(std::aligned_alloc(FOVEA_ALIGNMENT, bytes));
    const auto session = opened->bind(arena_.get(), bytes);
    REQUIRE(session);
    session_ = *session;
  }

  // What a method gives when tokens come `chunk` at a time.
  std::vector<float> run(const char* name, const std::vector<int32_t>& tokens, size_t chunk) {
    const Method method = *session_.method(name);
    std::vector<float> all;
    REQUIRE(fovea_reset(session_.get(), 0, nullptr) == FOVEA_OK);
    for (size_t at = 0; at < tokens.size(); at += chunk) {
      const size_t count = std::min(chunk, tokens.size() - at);
      REQUIRE(method.set_list("tokens", tokens.data() + at, count));
      REQUIRE(method.run());
      const auto logits = method.output<float>("logits");
      REQUIRE(logits);
      all.insert(all.end(), logits->row(0), logits->row(0) + logits->rows() * logits->width());
    }
    return all;
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  tools::MappedFile file_;
  std::unique_ptr<void, Free> arena_;
  Session session_;
};

void convert(const TemporaryFolder& folder, const tools::Maxima& maxima = {}) {
  tools::ConvertOptions options;
  options.input = folder.path();
  options.output = folder.file("model.fovea");
  options.maxima = maxima;
  options.quiet = true;
  tools::convert(options);
}

void check_close(const std::vector<float>& found, const Doubles& exact, const Shape& s) {
  REQUIRE(found.size() == exact.size());
  double worst = 0, magnitude = 1;
  for (size_t i = 0; i < exact.size(); ++i) {
    const double error = std::abs(found[i] - exact[i]);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    magnitude = std::max(magnitude, std::abs(exact[i]));
  }
  // Half an ulp a step, of either sign; see random_llama_test.cc.
  const double terms = s.layers * (5.0 * s.width + s.ffn_width) + s.width;
  CHECK(worst <= 8 * std::sqrt(terms) * (FLT_EPSILON / 2) * magnitude);
}

void check_model(const Model& model, const std::string& base = "transformer.") {
  CAPTURE(model.config());
  const TemporaryFolder folder;
  model.write(folder, base);
  convert(folder);
  Converted converted(folder.file("model.fovea"));
  std::vector<int32_t> tokens;
  for (uint32_t i = 0; i < model.shape.positions; ++i) {
    tokens.push_back(static_cast<int32_t>((5 + i * i * 7) % model.shape.vocabulary));
  }
  const std::vector<float> whole = converted.run("forward", tokens, tokens.size());
  check_close(whole, Oracle(model).logits(tokens), model.shape);
  CHECK(converted.run("forward", tokens, 1) == whole);
  CHECK(converted.run("forward", tokens, 3) == whole);
  const std::vector<float> last(whole.end() - model.shape.vocabulary, whole.end());
  CHECK(converted.run("next", tokens, tokens.size()) == last);
}

const Shape kShape = {24, 3, 3, 96, 37, 19};

// `kShape` with these options in its config.
Shape with(const std::string& options) {
  Shape shape = kShape;
  shape.options = options;
  return shape;
}

}  // namespace

TEST_CASE("a GPT-2 agrees with double precision, however its prompt is cut") {
  check_model(Model(kShape));
  check_model(Model({40, 1, 1, 31, 101, 33, "\"layer_norm_epsilon\": 1e-05", "relu"}));
  check_model(Model({36, 6, 2, 144, 50, 20, "\"n_ctx\": 20"}));
}

TEST_CASE("a GPT-2 whose hidden width is null has four times the width") {
  check_model(Model(with("\"n_inner\": null")));
}

TEST_CASE("how a GPT-2 scales its scores") {
  Shape shape = with("\"scale_attn_weights\": false");
  shape.scaled = false;
  check_model(Model(shape));
  shape = with("\"scale_attn_by_inverse_layer_idx\": true, \"reorder_and_upcast_attn\": true");
  shape.by_layer = true;
  check_model(Model(shape));
  shape.options += ", \"scale_attn_weights\": false";
  shape.scaled = false;
  check_model(Model(shape));
}

TEST_CASE("a GPT-2's head is the embedding, unless another is stored") {
  Shape shape = kShape;
  shape.tied = false;
  check_model(Model(shape));
  shape.options = "\"tie_word_embeddings\": false";
  check_model(Model(shape));
  Model tied(kShape);
  tied.add("lm_head.weight", {kShape.vocabulary, kShape.width}, 0, 1);
  tied.tensors["lm_head.weight"].values = tied.tensors["wte.weight"].values;
  check_model(tied);
  const TemporaryFolder folder;
  Model(with("\"tie_word_embeddings\": false")).write(folder);
  check_refusal([&] { convert(folder); }, folder.path(), "lm_head.weight");
}

TEST_CASE("a GPT-2 as its base class saves it, with masks and what concerns training") {
  Model model(with("\"attn_pdrop\": 0.1, \"summary_type\": \"cls_index\", \"bos_token_id\": 3"));
  for (const char* layer : {"h.0.", "h.2."}) {
    model.add(std::string(layer) + "attn.bias", {1, 1, 19, 19}, 0, 1);
    model.add(std::string(layer) + "attn.masked_bias", {1}, -1e4, 0);
  }
  check_model(model, "");
  check_model(model);
}

TEST_CASE("a GPT-2 that is not understood in full is refused by name") {
  const auto refuse = [](const Shape& shape, const auto&... parts) {
    const TemporaryFolder folder;
    Model(shape).write(folder);
    check_refusal([&] { convert(folder); }, folder.path(), parts...);
  };
  refuse(with("\"window\": 8"), "window");
  refuse(with("\"add_cross_attention\": true"), "add_cross_attention");
  refuse(with("\"n_ctx\": 20"), "n_ctx is 20", "n_positions is 19");
  refuse(with("\"n_head\": 5"), "n_head");
  refuse(with("\"n_layer\": 4"), "n_layer is 4");
  refuse(with("\"scale_attn_by_inverse_layer_idx\": true, \"n_layer\": 1000000000"),
         "n_layer is 1000000000");
  refuse(with("\"n_positions\": 20"), "wpe.weight");
  refuse(with("\"n_inner\": 95"), "mlp.c_fc.weight");
  refuse(with("\"reorder_and_upcast_attn\": 1"), "reorder_and_upcast_attn");
  refuse(with("\"architectures\": [\"GPT2ForMultipleChoice\"]"), "GPT2LMHeadModel");
  Model model(kShape);
  const TemporaryFolder folder;
  model.add("h.1.crossattention.q_attn.weight", {24, 24}, 0, 1);
  model.write(folder);
  check_refusal([&] { convert(folder); }, "h.1.crossattention.q_attn.weight");
}

TEST_CASE("a GPT-2's context is what its table of positions has") {
  const TemporaryFolder folder;
  Model(kShape).write(folder);
  CHECK_THROWS_AS(convert(folder, {{"context", 20}}), tools::UsageError);
  convert(folder, {{"context", 19}, {"tokens", 5}});
  Converted converted(folder.file("model.fovea"));
  const std::vector<int32_t> tokens = {1, 2, 3, 4, 5, 6, 7};
  check_close(converted.run("forward", tokens, 5), Oracle(Model(kShape)).logits(tokens), kShape);
}

}  // namespace fovea::test
