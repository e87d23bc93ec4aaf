// T5 (Raffel et al. 2020), its version 1.1 and Flan-T5, and mT5 (Xue et al. 2021): scores that are
// not scaled and know positions by how far keys are from the query alone.

#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families.h"

namespace fovea::tools {
namespace {

using schema::Function;

// No tensor bounds how long a text may be.
constexpr uint32_t kMostTokens = 1u << 20;
constexpr uint32_t kFarthest = 1u << 15;

// How the releases of transformers differ that scale what the head takes.
enum class Scaling { kSaid, kNever };

LinearSpec linear(const std::string& name) {
  return {name, {}, Bias::kNone};
}

FeedForwardSpec read_feed_forward(const Config& config, const std::string& name,
                                  const char* otherwise) {
  FeedForwardSpec ffn = {.down = linear(name + ".wo")};
  ffn.width = config.count("d_ff");
  const std::string kind = config.choice("feed_forward_proj", otherwise,
                                         {"relu", "gelu", "gelu_new", "silu", "gated-relu",
                                          "gated-gelu", "gated-gelu_new", "gated-silu"});
  const bool gated = kind.starts_with("gated-");
  ffn.up = linear(name + (gated ? ".wi_1" : ".wi"));
  if (gated) ffn.gate = linear(name + ".wi_0");
  ffn.activation = kind.ends_with("relu")   ? Function::Relu
                   : kind.ends_with("silu") ? Function::Silu
                   : kind == "gelu"         ? Function::GeluErf
                                            : Function::GeluTanh;  // that of a gate, too
  config.skip({"dense_act_fn", "is_gated_act", "is_encoder_decoder",
               "output_past"});  // made of it whenever a config is read
  return ffn;
}

BucketsSpec read_buckets(const Config& config, const std::string& side, bool behind) {
  BucketsSpec buckets;
  buckets.name = side + ".block.0.layer.0.SelfAttention.relative_attention_bias";
  buckets.buckets = config.count("relative_attention_num_buckets", 32);
  buckets.farthest = config.count("relative_attention_max_distance", 128);
  buckets.behind = behind;
  if (buckets.buckets < 4 || buckets.buckets % 4 != 0 || buckets.farthest <= buckets.buckets / 2 ||
      buckets.farthest > kFarthest) {
    fail(
        "{}: the config says relative_attention_num_buckets is {} and "
        "relative_attention_max_distance {}; a multiple of 4, and more than half of that up to {}, "
        "can be converted",
        config.path(), buckets.buckets, buckets.farthest, kFarthest);
  }
  return buckets;
}

AttentionSpec read_attention(const Config& config, const std::string& name, Sight sight) {
  AttentionSpec attention = {.sight = sight,
                             .query = linear(name + ".q"),
                             .key = linear(name + ".k"),
                             .value = linear(name + ".v"),
                             .output = linear(name + ".o"),
                             .scale = 1};
  Heads& heads = attention.heads;
  heads.count = heads.kv_count = config.count("num_heads");
  heads.key_width = heads.value_width = config.count("d_kv");
  return attention;
}

// The encoder, or the decoder, which looks at it besides.
TowerSpec read_tower(const Config& config, const std::string& side, const char* otherwise) {
  TowerSpec tower;
  const bool decodes = side == "decoder";
  tower.embedding = {.name = "shared", .rows = config.count("vocab_size")};
  tower.tokens = decodes ? config.count("n_positions", 512) : kMostTokens;
  tower.usual = config.count("n_positions", 512);
  tower.longest = kMostTokens;
  LayerSpec layer;
  const auto add = [&](auto part) {
    const std::string name = "layer." + std::to_string(layer.size());
    layer.push_back({name + ".layer_norm", part});
  };
  AttentionSpec self =
      read_attention(config, "layer.0.SelfAttention", decodes ? Sight::kPast : Sight::kRun);
  self.buckets = read_buckets(config, side, decodes);
  add(self);
  if (decodes) add(read_attention(config, "layer.1.EncDecAttention", Sight::kEncoder));
  const std::string feed_forward = decodes ? "layer.2.DenseReluDense" : "layer.1.DenseReluDense";
  add(read_feed_forward(config, feed_forward, otherwise));
  const uint32_t layers = config.count("num_layers");
  tower.layers.prefix = side + ".block.";
  tower.layers.key =
      decodes && config.has("num_decoder_layers") ? "num_decoder_layers" : "num_layers";
  tower.layers.count = decodes ? config.count("num_decoder_layers", layers) : layers;
  tower.layers.pattern = {layer};
  tower.norm = side + ".final_layer_norm";
  return tower;
}

// Which of its own a checkpoint's architecture is.
bool is(const Config& config, const char* end) {
  const std::vector<std::string> names = config.texts("architectures");
  return !names.empty() && names[0].ends_with(end);
}

// With the embedding for a head, version 1.0 multiplies what the head takes by 1 / sqrt(width).
void read_head(const Config& config, Scaling scaling, TransformerSpec& spec) {
  HeadSpec& head = spec.decoder->head;
  head.linear = linear("lm_head");
  head.outputs = spec.decoder->embedding.rows;
  const bool tied = config.flag("tie_word_embeddings", true);
  head.tie = tied ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  const bool later = config.text("transformers_version", "").starts_with("5");
  if (scaling == Scaling::kNever && tied && !later && !config.has("scale_decoder_outputs")) {
    fail(
        "{}: the config says tie_word_embeddings is true, with which transformers 4 scales what "
        "the head of this family takes and transformers 5 does not; add scale_decoder_outputs, "
        "true or false",
        config.path());
  }
  const bool scaled = config.flag("scale_decoder_outputs", tied && scaling == Scaling::kSaid);
  if (scaled) head.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(spec.width)));
}

TransformerSpec describe(const Config& config, Scaling scaling, const char* feed_forward) {
  TransformerSpec spec;
  spec.width = config.count("d_model");
  spec.norm = {.rms = true,
               .epsilon = static_cast<float>(config.number("layer_norm_epsilon", 1e-6))};
  TowerSpec& encoder = spec.encoder.emplace(read_tower(config, "encoder", feed_forward));
  spec.copies = {{"encoder.embed_tokens.weight", "shared.weight"},
                 {"decoder.embed_tokens.weight", "shared.weight"}};
  // Of the first releases: no position counts in attention to an encoder.
  spec.ignored = {"decoder.block.0.layer.1.EncDecAttention.relative_attention_bias."};
  if (is(config, "EncoderModel")) {
    encoder.embedding.input = encoder.dim = "tokens";
    encoder.outputs = {{"hidden"}};
    config.skip({"num_decoder_layers", "tie_word_embeddings", "scale_decoder_outputs"});
    return spec;
  }
  config.expect("is_decoder", false);
  encoder.embedding.input = "source";
  encoder.dim = "source_tokens";
  TowerSpec& decoder = spec.decoder.emplace(read_tower(config, "decoder", feed_forward));
  decoder.embedding.input = decoder.dim = "tokens";
  if (is(config, "ForConditionalGeneration")) {
    read_head(config, scaling, spec);
  } else {
    decoder.head.optional = true;
    config.skip({"tie_word_embeddings", "scale_decoder_outputs"});
  }
  return spec;
}

TransformerSpec describe_t5(const Config& config, const Checkpoint&) {
  return describe(config, Scaling::kSaid, "relu");
}

TransformerSpec describe_mt5(const Config& config, const Checkpoint&) {
  return describe(config, Scaling::kNever, "gated-gelu");
}

}  // namespace

const Family kT5 = {
    .model_type = "t5",
    .name = "t5",
    .architectures = {"T5ForConditionalGeneration", "T5Model", "T5EncoderModel",
                      "T5WithLMHeadModel"},
    .describe = describe_t5,
    .tokens = {{"eos_token_id", 1}, {"pad_token_id", 0}},
};

const Family kMt5 = {
    .model_type = "mt5",
    .name = "mt5",
    .architectures = {"MT5ForConditionalGeneration", "MT5Model", "MT5EncoderModel"},
    .describe = describe_mt5,
    .tokens = {{"eos_token_id", 1}, {"pad_token_id", 0}, {"decoder_start_token_id", 0}},
};

}  // namespace fovea::tools
