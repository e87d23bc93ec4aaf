// What the layouts of fovea's own say of attention, through convert and the public API, against the
// same model in double precision; what tied matrices save.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
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
#include "tools/graph/fuse.h"
#include "tools/import/import.h"
#include "tools/pack/pack.h"

namespace fovea::test {
namespace {

constexpr uint32_t kWidth = 32, kHeads = 2, kHeadWidth = 16, kFfn = 16, kTokens = 20, kPieces = 6;
constexpr double kEpsilon = 1e-5;

struct Model {
  nlohmann::json config;
  std::map<std::string, SavedTensor> tensors = {};
  std::mt19937 random = std::mt19937(3);

  void add(const std::string& name, std::vector<uint32_t> extents, double centre, double spread) {
    size_t count = 1;
    for (const uint32_t extent : extents) count *= extent;
    std::vector<float> values(count);
    for (float& v : values) v = static_cast<float>(centre + spread * (random() / 2147483648.0 - 1));
    tensors[name] = {name, std::move(extents), std::move(values)};
  }
  void norm(const std::string& name) { add(name + ".weight", {kWidth}, 1, 0.3); }
  void linear(const std::string& name, uint32_t outputs, uint32_t columns) {
    add(name + ".weight", {outputs, columns}, 0, 0.4);
  }
  void attention(const std::string& name) {
    norm(name + "_norm");
    for (const char* part : {".query", ".key", ".value", ".output"}) {
      linear(name + part, kWidth, kWidth);
    }
    if (config.value("temperature", false)) add(name + ".temperature", {kHeads}, 8, 4);
    if (config.value("tie_key_value", false)) tensors.erase(name + ".value.weight");
  }
  void ffn(const std::string& layer) {
    norm(layer + "ffn_norm");
    linear(layer + "ffn.up", kFfn, kWidth);
    linear(layer + "ffn.down", kWidth, kFfn);
  }
  Doubles values(const std::string& name) const {
    const std::vector<float>& stored = tensors.at(name).values;
    return {stored.begin(), stored.end()};
  }
  void convert(const TemporaryFolder& folder) const {
    std::vector<SavedTensor> saved;
    for (const auto& [name, tensor] : tensors) saved.push_back(tensor);
    write_bytes(folder.file("config.json"), config.dump());
    write_safetensors(folder.file("model.safetensors"), saved);
    tools::ConvertOptions options;
    options.input = folder.path();
    options.output = folder.file("model.fovea");
    options.quiet = true;
    tools::convert(options);
  }
};

nlohmann::json common(const char* type, const nlohmann::json& options) {
  nlohmann::json config = {{"model_type", type},  {"width", kWidth}, {"heads", kHeads},
                           {"ffn_width", kFfn},   {"norm", "rms"},   {"norm_eps", kEpsilon},
                           {"activation", "relu"}};
  config.update(options);
  return config;
}

// An encoder of features, of one layer.
Model encoder(const nlohmann::json& options) {
  Model m;
  m.config = common("fovea-encoder", options);
  m.config.update({{"layers", 1},
                   {"input", "features"},
                   {"features", kWidth},
                   {"max_tokens", kTokens},
                   {"positions", "none"}});
  m.linear("features", kWidth, kWidth);
  m.attention("layers.0.attention");
  m.ffn("layers.0.");
  m.norm("norm");
  return m;
}

// An encoder and a decoder of two layers each.
Model pair(const nlohmann::json& options) {
  Model m;
  m.config = common("fovea-encoder-decoder", options);
  const std::vector<std::string> pieces = {"<pad>", "<bos>", "<eos>", "<unk>", "a", "b"};
  m.config.update({{"encoder_layers", 2},
                   {"decoder_layers", 2},
                   {"max_source", kTokens},
                   {"max_target", kTokens},
                   {"source_vocabulary", pieces},
                   {"target_vocabulary", pieces},
                   {"source_positions", "none"},
                   {"target_positions", "none"},
                   {"pad_token_id", 0},
                   {"bos_token_id", 1},
                   {"eos_token_id", 2},
                   {"unk_token_id", 3}});
  for (const std::string side : {"encoder", "decoder"}) {
    m.add(side + ".embed.weight", {kPieces, kWidth}, 0, 1);
    for (const char* index : {"0", "1"}) {
      const std::string layer = side + ".layers." + index + ".";
      m.attention(layer + "attention");
      if (side == "decoder") m.attention(layer + "cross_attention");
      m.ffn(layer);
    }
    m.norm(side + ".norm");
  }
  m.linear("output", kPieces, kWidth);
  return m;
}

class Oracle {
 public:
  Oracle(const Model& model, const Doubles& features) : m_(model) {
    const size_t rows = features.size() / kWidth;
    x = linear(features, m_.values("features.weight"), {}, rows, kWidth, kWidth);
    attend_all(rows);
    const Doubles normed = norm("layers.0.ffn_norm", x);
    Doubles wide = linear(normed, m_.values("layers.0.ffn.up.weight"), {}, rows, kWidth, kFfn);
    for (double& v : wide) v = std::max(v, 0.0);
    add(linear(wide, m_.values("layers.0.ffn.down.weight"), {}, rows, kFfn, kWidth));
    x = norm("norm", x);
  }
  Doubles x;

 private:
  Doubles norm(const std::string& name, const Doubles& rows) const {
    return rms_norm(rows, m_.values(name + ".weight"), kWidth, kEpsilon);
  }
  void add(const Doubles& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }
  Doubles project(const Doubles& rows, const char* part) const {
    return linear(rows, m_.values(std::string("layers.0.attention.") + part + ".weight"), {},
                  rows.size() / kWidth, kWidth, kWidth);
  }
  // Each head divided by its length and times its temperature.
  void shorten(Doubles& rows, bool with_temperature) const {
    for (size_t at = 0; at < rows.size(); at += kHeadWidth) {
      double squares = 0;
      for (size_t i = 0; i < kHeadWidth; ++i) squares += rows[at + i] * rows[at + i];
      const Doubles t =
          with_temperature ? m_.values("layers.0.attention.temperature") : Doubles(kHeads, 1.0);
      for (size_t i = 0; i < kHeadWidth; ++i) {
        rows[at + i] *= squares == 0 ? 0 : t[at / kHeadWidth % kHeads] / std::sqrt(squares);
      }
    }
  }
  void attend_all(size_t rows) {
    const auto& config = m_.config;
    const bool unit = config.value("qk_norm", "none") == "l2";
    const Doubles normed = norm("layers.0.attention_norm", x);
    Doubles query = project(normed, "query"), key = project(normed, "key");
    const Doubles value = project(normed, config.value("tie_key_value", false) ? "key" : "value");
    if (unit) shorten(key, false), shorten(query, config.value("temperature", false));
    Scores scores;
    scores.scale = config.value("attention_scale", unit ? 1.0 : 1 / std::sqrt(double{kHeadWidth}));
    if (config.contains("window")) scores.before = scores.after = config["window"].get<int64_t>();
    Doubles seen(x.size());
    for (size_t head = 0; head < kHeads; ++head) {
      Doubles keys, values;
      for (size_t t = 0; t < rows; ++t) {
        const auto at = static_cast<long>(t * kWidth + head * kHeadWidth);
        keys.insert(keys.end(), key.begin() + at, key.begin() + at + kHeadWidth);
        values.insert(values.end(), value.begin() + at, value.begin() + at + kHeadWidth);
      }
      for (size_t t = 0; t < rows; ++t) {
        scores.position = static_cast<int64_t>(t);
        const size_t at = t * kWidth + head * kHeadWidth;
        const Attended made =
            attend(&query[at], keys.data(), values.data(), rows, kHeadWidth, kHeadWidth, scores);
        std::copy(made.y.begin(), made.y.end(), seen.begin() + static_cast<long>(at));
      }
    }
    add(project(seen, "output"));
  }

  const Model& m_;
};

void check_encoder(const nlohmann::json& options) {
  CAPTURE(options.dump());
  const Model model = encoder(options);
  const TemporaryFolder folder;
  model.convert(folder);
  const tools::MappedFile file(folder.file("model.fovea"));
  const auto opened = fovea::Model::open(file.bytes().data(), file.bytes().size());
  REQUIRE(opened);
  const size_t bytes = opened->arena().total;
  const std::unique_ptr<void, void (*)(void*)> arena(std::aligned_alloc(FOVEA_ALIGNMENT, bytes),
                                                     std::free);
  const auto session = opened->bind(arena.get(), bytes);
  REQUIRE(session);
  REQUIRE(session->set_dim(0u, kTokens));
  const Method method = *session->method("forward");
  const auto input = method.input<float>("features");
  REQUIRE(input);
  std::mt19937 random(9);
  Doubles features;
  for (float& v : *input) {
    v = static_cast<float>(random() / 2147483648.0 - 1);
    features.push_back(double{v});
  }
  for (uint32_t i = 0; i < kWidth; ++i) {  // keys and queries of zeros stay so
    features[i] = 0;
    input->data()[i] = 0;
  }
  REQUIRE(method.run());
  const auto output = method.output<float>("hidden");
  REQUIRE(output);
  const Oracle oracle(model, features);
  size_t i = 0;
  for (const float v : *output) {
    REQUIRE(std::fabs(double{v} - oracle.x[i++]) < 2e-5);
  }
}

void check_config(const nlohmann::json& options, const char* key) {
  const Model model = encoder(options);
  const TemporaryFolder folder;
  check_refusal([&] { model.convert(folder); }, key);
}

}  // namespace

TEST_CASE("a layout of fovea's own says how scores are made") {
  check_encoder(nlohmann::json::object());
  check_encoder({{"window", 3}});
  check_encoder({{"attention_scale", 1}});
  check_encoder({{"tie_key_value", true}});
  check_encoder({{"qk_norm", "l2"}});
  check_encoder({{"qk_norm", "l2"}, {"attention_scale", 10}, {"window", 5}});
  check_encoder({{"qk_norm", "l2"}, {"temperature", true}, {"tie_key_value", true}});
}

TEST_CASE("what a layout of fovea's own says without meaning is refused by name") {
  check_config({{"window", 0}}, "window");
  check_config({{"window", 1u << 31}}, "window");
  check_config({{"attention_scale", 0}}, "attention_scale");
  check_config({{"attention_scale", -1}}, "attention_scale");
  check_config({{"qk_norm", "l3"}}, "qk_norm");
  check_config({{"temperature", true}}, "temperature");
  check_config({{"tie_key_value", true}, {"value_width", 8}}, "tie_key_value");
}

TEST_CASE("keys and values that are tied are stored once, to the byte") {
  constexpr uintmax_t kMatrix = sizeof(float) * kWidth * kWidth;
  const auto weights = [](const Model& m) {
    const TemporaryFolder folder;
    m.convert(folder);
    tools::Graph graph =
        tools::fuse(tools::import_model(tools::open_checkpoint(folder.path()), {}));
    return tools::place_weights(graph.model);
  };
  const uintmax_t all = weights(pair(nlohmann::json::object()));
  CHECK(weights(encoder(nlohmann::json::object())) - weights(encoder({{"tie_key_value", true}})) ==
        kMatrix);
  CHECK(all - weights(pair({{"tie_key_value", true}})) == 6 * kMatrix);
  for (const char* tied : {"self", "cross", "both"}) {
    Model m = pair({{"tie_encoder", tied}});
    uintmax_t saved = 0;
    for (const std::string layer : {"decoder.layers.0.", "decoder.layers.1."}) {
      for (const std::string part : {"key.weight", "value.weight"}) {
        if (tied != std::string("cross")) saved += m.tensors.erase(layer + "attention." + part);
        if (tied != std::string("self")) {
          saved += m.tensors.erase(layer + "cross_attention." + part);
        }
      }
    }
    CHECK(all - weights(m) == saved * kMatrix);
  }
}

}  // namespace fovea::test
