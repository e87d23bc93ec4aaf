// Chronos-Bolt (Ansari et al. 2024): T5 that reads pieces of a series and foresees at once, by
// quantiles. Numbers may be missing, also those before a series that is shorter than the context.

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/t5_layout.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMostNumbers = 1u << 20;  // of a series, of a forecast
constexpr float kFlat = 1e-5f;               // what a series without variance is divided by

struct Forecast {
  uint32_t context = 0, patch = 0, steps = 0;
  std::vector<double> quantiles;
  bool appends = false;  // a token behind the pieces
};

Forecast read_forecast(const Config& config) {
  if (!config.has("chronos_config")) {
    fail("{}: the config has no chronos_config; a checkpoint of Chronos-Bolt has", config.path());
  }
  const Config said = config.object("chronos_config");
  Forecast f = {said.count("context_length"), said.count("input_patch_size"),
                said.count("prediction_length"), said.numbers("quantiles"),
                said.flag("use_reg_token", false)};
  const uint32_t stride = said.count("input_patch_stride");
  if (stride != f.patch) {
    fail(
        "{}: the config's input_patch_stride is {} and its input_patch_size {}; equal ones can be "
        "converted, with which a series means the same whatever is missing before it",
        config.path(), stride, f.patch);
  }
  if (f.patch > f.context || f.context > kMostNumbers || f.quantiles.empty() ||
      f.steps > kMostNumbers / f.quantiles.size()) {
    fail(
        "{}: the config's context_length of {}, input_patch_size of {}, prediction_length of {} "
        "and {} quantiles cannot be converted; patches are no longer than the context, and there "
        "are at most {} numbers of each",
        config.path(), f.context, f.patch, f.steps, f.quantiles.size(), kMostNumbers);
  }
  return f;
}

// NAME.hidden_layer, an activation, NAME.output_layer; beside them NAME.residual_layer.
ResidualSpec read_residual(const std::string& name, const FeedForwardSpec& ffn) {
  const auto linear = [&](const char* layer) {
    return LinearSpec{.name = name + layer, .bias = Bias::kRequired};
  };
  ResidualSpec residual;
  residual.up = linear(".hidden_layer");
  residual.down = linear(".output_layer");
  residual.beside = linear(".residual_layer");
  residual.activation = ffn.activation;
  residual.width = ffn.width;
  return residual;
}

const FeedForwardSpec& feed_forward_of(const TowerSpec& tower) {
  return std::get<FeedForwardSpec>(tower.layers.pattern[0].back().part);
}

TowerSpec read_encoder(const Config& config, const Forecast& f) {
  TowerSpec tower = read_t5_tower(config, "encoder", "relu");
  EmbeddingSpec& e = tower.embedding;
  e.kind = EmbeddingSpec::kTiles;
  e.input = "values";
  e.rows = 1;
  e.observed = true;
  e.tiles.high = e.tiles.down = f.patch;
  e.tiles.wide = 1;
  e.tiles.ends = true;
  e.tiles.fill = std::numeric_limits<float>::quiet_NaN();
  e.set_lines(f.context);
  schema::GroupNormT& norm = e.front.norm.emplace();
  norm.missing = true;
  norm.flat = kFlat;
  e.residual = read_residual("input_patch_embedding", feed_forward_of(tower));
  if (f.appends) e.token = {.tensor = "shared.weight", .row = 1, .rows = 2};
  tower.tokens = f.context;
  tower.dim = "samples";
  return tower;
}

// Its one token, of which nothing but itself is there to be seen.
TowerSpec read_decoder(const Config& config, const Forecast& f) {
  TowerSpec tower = read_t5_tower(config, "decoder", "relu");
  auto& self = std::get<AttentionSpec>(tower.layers.pattern[0][0].part);
  self.sight = Sight::kRun;
  self.alone = true;
  tower.layers.ignored = {"layer.0.SelfAttention.q.weight", "layer.0.SelfAttention.k.weight"};
  const uint32_t rows = f.appends ? 2 : 1;
  const int32_t start = config.token("decoder_start_token_id");
  if (start < 0 || static_cast<uint32_t>(start) >= rows) {
    fail("{}: the config's decoder_start_token_id is {}; the model has ids below {}", config.path(),
         start, rows);
  }
  tower.embedding.kind = EmbeddingSpec::kToken;
  tower.embedding.token = {
      .tensor = "shared.weight", .row = static_cast<uint32_t>(start), .rows = rows};
  tower.tokens = 1;
  StepSpec made = {StepSpec::kResidual}, restored = {StepSpec::kRestore};
  made.residual = read_residual("output_patch_embedding", feed_forward_of(tower));
  made.outputs = static_cast<uint32_t>(f.quantiles.size()) * f.steps;
  restored.joined = f.steps;
  tower.outputs = {{"prediction", {made, restored}}};
  tower.constant = "quantiles";
  tower.numbers = {f.quantiles.begin(), f.quantiles.end()};
  return tower;
}

TransformerSpec describe_chronos_bolt(const Config& config, const Checkpoint&) {
  TransformerSpec spec;
  spec.width = config.count("d_model");
  spec.norm = read_t5_norm(config);
  const Forecast forecast = read_forecast(config);
  spec.encoder = read_encoder(config, forecast);
  spec.decoder = read_decoder(config, forecast);
  spec.together = true;
  spec.method = "forecast";
  spec.copies = {{"encoder.embed_tokens.weight", "shared.weight"},
                 {"decoder.embed_tokens.weight", "shared.weight"}};
  spec.ignored = {"decoder.block.0.layer.0.SelfAttention.relative_attention_bias.",
                  "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias."};
  config.expect("is_decoder", false);
  if (config.has("reg_token_id") && config.token("reg_token_id") != 1) {
    fail("{}: the config's reg_token_id is {}; the architecture has 1", config.path(),
         config.token("reg_token_id"));
  }
  // Rows of the table and texts of other models; and what loads it.
  config.skip({"vocab_size", "n_positions", "tie_word_embeddings", "scale_decoder_outputs",
               "chronos_pipeline_class"});
  return spec;
}

}  // namespace

const Family kChronosBolt = {
    .model_type = "chronos-bolt",
    .name = "chronos-bolt",
    .architectures = {"ChronosBoltModelForForecasting"},
    .describe = describe_chronos_bolt,
    .stored_type = "t5",
};

}  // namespace fovea::tools
