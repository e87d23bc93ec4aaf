// Moonshine (Jeffries et al. 2024): three convolutions over samples, then an encoder and a decoder
// with rotary embeddings and norms before parts.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/audio_input.h"

namespace fovea::tools {
namespace {

constexpr double kTurns = 0.9;  // of a head, unless the config says

FrameConvolution convolution(const std::string& name, uint32_t columns, uint32_t outputs,
                             uint32_t taps, uint32_t stride) {
  FrameConvolution made = {name, columns, outputs};
  made.form.taps = taps;
  made.form.stride = stride;
  made.activation = schema::Function::GeluErf;
  return made;
}

std::vector<FrameConvolution> read_convolutions(uint32_t width) {
  const std::string prefix = "model.encoder.";
  std::vector<FrameConvolution> all = {convolution(prefix + "conv1", 1, width, 127, 64),
                                       convolution(prefix + "conv2", width, 2 * width, 7, 3),
                                       convolution(prefix + "conv3", 2 * width, width, 3, 2)};
  all[0].bias = Bias::kNone;
  all[0].activation = schema::Function::Tanh;
  all[0].norm = prefix + "groupnorm";
  all[0].norm_groups = 1;
  all[0].norm_last = true;
  return all;
}

AttentionSpec read_attention(const Config& config, const std::string& side, const std::string& name,
                             Sight sight) {
  const Bias bias = config.flag("attention_bias", false) ? Bias::kRequired : Bias::kNone;
  AttentionSpec a = {.sight = sight,
                     .query = {name + ".q_proj", {}, bias},
                     .key = {name + ".k_proj", {}, bias},
                     .value = {name + ".v_proj", {}, bias},
                     .output = {name + ".o_proj", {}, Bias::kNone}};
  const std::string heads = side + "_num_attention_heads", keys = side + "_num_key_value_heads";
  a.heads.count = config.count(heads.c_str(), 8);
  a.heads.kv_count = config.count(keys.c_str(), a.heads.count);
  if (a.heads.count != a.heads.kv_count) {
    fail("{}: the config's {} of {} is not its {} of {}; the model has as many of both",
         config.path(), keys, a.heads.kv_count, heads, a.heads.count);
  }
  a.heads.key_width = a.heads.value_width = config.divided("hidden_size", heads.c_str());
  a.rotary = sight == Sight::kEncoder ? -1 : 0;
  return a;
}

FeedForwardSpec read_ffn(const Config& config, bool gated) {
  const uint64_t width = config.count("intermediate_size");
  FeedForwardSpec ffn = {.up = {"mlp.fc1", {}, Bias::kRequired},
                         .down = {"mlp.fc2", {}, Bias::kRequired}};
  ffn.width = static_cast<uint32_t>(width);
  if (gated) {  // what is gated, then its gate
    ffn.up.view = {.rows = 2 * width};
    ffn.gate = {"mlp.fc1", {.rows = 2 * width, .first = width}, Bias::kRequired};
  }
  ffn.activation = config.function(gated ? "decoder_hidden_act" : "encoder_hidden_act");
  return ffn;
}

TowerSpec read_tower(const Config& config, const std::string& side) {
  TowerSpec tower;
  tower.layers.prefix = "model." + side + ".layers.";
  tower.layers.key = side == "encoder" ? "encoder_num_hidden_layers" : "decoder_num_hidden_layers";
  tower.layers.count = config.count(tower.layers.key);
  if (side == "encoder") {
    const AttentionSpec self = read_attention(config, side, "self_attn", Sight::kRun);
    tower.layers.pattern = {{{"input_layernorm", self},
                             {"post_attention_layernorm", read_ffn(config, /*gated=*/false)}}};
    tower.norm = "model.encoder.layer_norm";
    return tower;
  }
  const AttentionSpec self = read_attention(config, side, "self_attn", Sight::kPast);
  const AttentionSpec across = read_attention(config, side, "encoder_attn", Sight::kEncoder);
  tower.layers.pattern = {{{"input_layernorm", self},
                           {"post_attention_layernorm", across},
                           {"final_layernorm", read_ffn(config, /*gated=*/true)}}};
  tower.norm = "model.decoder.norm";
  return tower;
}

void read_rotation(const Config& config, TransformerSpec& spec) {
  const uint32_t width = config.divided("hidden_size", "decoder_num_attention_heads");
  if (config.divided("hidden_size", "encoder_num_attention_heads") != width) {
    fail(
        "{}: the config's encoder_num_attention_heads and decoder_num_attention_heads differ; "
        "heads "
        "of one width turn alike",
        config.path());
  }
  RotaryPlace place = {width, config.count("max_position_embeddings", 512), true};
  place.share = kTurns;
  spec.rotaries = {{read_rotary(config, place), true}};
}

TransformerSpec describe_moonshine(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec;
  spec.base = "model.";
  spec.width = config.count("hidden_size");
  spec.norm = {.bias = false, .epsilon = 1e-5f};
  read_rotation(config, spec);
  TowerSpec& encoder = spec.encoder.emplace(read_tower(config, "encoder"));
  EmbeddingSpec& samples = encoder.embedding;
  samples.kind = EmbeddingSpec::kFeatures;
  samples.input = encoder.dim = "samples";
  samples.rows = 1;
  const Extractor extractor(checkpoint, "moonshine", "Wav2Vec2FeatureExtractor");
  if (extractor.is_there()) {
    spec.audio = std::make_unique<schema::AudioT>();
    extractor.read_samples(samples.front, *spec.audio);
  }
  samples.convolutions = read_convolutions(spec.width);
  encoder.tokens = kMostSamples;
  encoder.usual = kUsualSamples;
  TowerSpec& decoder = spec.decoder.emplace(read_tower(config, "decoder"));
  decoder.embedding.name = "model.decoder.embed_tokens";
  decoder.embedding.rows = config.count("vocab_size");
  decoder.embedding.input = decoder.dim = "tokens";
  decoder.tokens = config.count("max_position_embeddings", 512);
  const std::vector<std::string> names = config.texts("architectures");
  if (!names.empty() && names[0] == "MoonshineModel") {
    decoder.head.optional = true;
    config.skip({"tie_word_embeddings"});
  } else {
    decoder.head.linear = {"proj_out", {}, Bias::kNone};
    decoder.head.outputs = decoder.embedding.rows;
    decoder.head.tie =
        config.flag("tie_word_embeddings", true) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  }
  // Zeros behind each head change nothing.
  config.skip({"pad_head_dim_to_multiple_of", "is_encoder_decoder"});
  return spec;
}

}  // namespace

const Family kMoonshine = {
    .model_type = "moonshine",
    .name = "moonshine",
    .architectures = {"MoonshineForConditionalGeneration", "MoonshineModel"},
    .describe = describe_moonshine,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}, {"decoder_start_token_id", 1}},
};

}  // namespace fovea::tools
