#include "tests/tools/import/fovea_layout.h"

#include <utility>

#include "tools/commands/convert.h"

namespace fovea::test {
namespace {

constexpr uint32_t kWidth = FoveaLayout::kWidth, kHeads = FoveaLayout::kHeads;
constexpr uint32_t kFfn = FoveaLayout::kFfn, kTokens = FoveaLayout::kTokens, kPieces = 6;

nlohmann::json common(const char* type, const nlohmann::json& options) {
  nlohmann::json config = {{"model_type", type},  {"width", kWidth}, {"heads", kHeads},
                           {"ffn_width", kFfn},   {"norm", "rms"},   {"norm_eps", 1e-5},
                           {"activation", "relu"}};
  config.update(options);
  return config;
}

}  // namespace

void FoveaLayout::add(const std::string& name, std::vector<uint32_t> extents, double centre,
                      double spread) {
  size_t count = 1;
  for (const uint32_t extent : extents) count *= extent;
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(centre + spread * (random() / 2147483648.0 - 1));
  tensors[name] = {name, std::move(extents), std::move(values)};
}

void FoveaLayout::attention(const std::string& name) {
  norm(name + "_norm");
  for (const char* part : {".query", ".key", ".value", ".output"}) {
    linear(name + part, kWidth, kWidth);
  }
  if (config.value("temperature", false)) add(name + ".temperature", {kHeads}, 8, 4);
  if (config.value("tie_key_value", false)) tensors.erase(name + ".value.weight");
}

void FoveaLayout::ffn(const std::string& layer) {
  norm(layer + "ffn_norm");
  linear(layer + "ffn.up", kFfn, kWidth);
  linear(layer + "ffn.down", kWidth, kFfn);
}

Doubles FoveaLayout::values(const std::string& name) const {
  const std::vector<float>& stored = tensors.at(name).values;
  return {stored.begin(), stored.end()};
}

void FoveaLayout::convert(const TemporaryFolder& folder) const {
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

FoveaLayout layout_encoder(const nlohmann::json& options) {
  FoveaLayout m;
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

FoveaLayout layout_pair(const nlohmann::json& options) {
  FoveaLayout m;
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

}  // namespace fovea::test
