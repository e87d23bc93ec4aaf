// wav2vec 2.0 (Baevski et al. 2020) and HuBERT (Hsu et al. 2021): convolutions over samples, each
// with a layer norm, or the first one with a norm over time; one over the tokens that they make,
// which tells positions; layers as BERT has them, or with norms before parts.

#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/audio_input.h"

namespace fovea::tools {
namespace {

constexpr size_t kMostConvolutions = 64;
constexpr uint32_t kMostCount = 1u << 16;  // of columns, taps, a stride

LinearSpec biased_linear(const std::string& name) {
  return {name, {}, Bias::kRequired};
}

std::vector<uint32_t> read_counts(const Config& config, const char* key,
                                  std::vector<double> numbers) {
  if (config.has(key)) numbers = config.numbers(key);
  std::vector<uint32_t> counts;
  for (const double number : numbers) {
    if (!(number >= 1 && number <= kMostCount && number == std::floor(number))) {
      fail("{}: the config's {} has {}; it must be whole numbers from 1 to {}", config.path(), key,
           number, kMostCount);
    }
    counts.push_back(static_cast<uint32_t>(number));
  }
  return counts;
}

std::vector<FrameConvolution> read_convolutions(const Config& config, const std::string& prefix) {
  const auto columns = read_counts(config, "conv_dim", {512, 512, 512, 512, 512, 512, 512});
  const auto taps = read_counts(config, "conv_kernel", {10, 3, 3, 3, 3, 2, 2});
  const auto strides = read_counts(config, "conv_stride", {5, 2, 2, 2, 2, 2, 2});
  const size_t count = columns.size();
  if (count == 0 || count > kMostConvolutions || taps.size() != count || strides.size() != count ||
      config.count("num_feat_extract_layers", static_cast<uint32_t>(count)) != count) {
    fail(
        "{}: the config's conv_dim, conv_kernel, conv_stride and num_feat_extract_layers tell of "
        "{}, {}, {} and {} convolutions; it must be one number from 1 to {}",
        config.path(), count, taps.size(), strides.size(),
        config.count("num_feat_extract_layers", static_cast<uint32_t>(count)), kMostConvolutions);
  }
  const bool over_time = config.choice("feat_extract_norm", "group", {"layer", "group"}) == "group";
  std::vector<FrameConvolution> all;
  for (size_t i = 0; i < count; ++i) {
    const std::string layer = prefix + std::to_string(i);
    FrameConvolution c = {layer + ".conv", i == 0 ? 1 : columns[i - 1], columns[i]};
    c.form.taps = taps[i];
    c.form.stride = strides[i];
    c.activation = config.function("feat_extract_activation");
    c.bias = config.flag("conv_bias", false) ? Bias::kRequired : Bias::kNone;
    // A group is a column, over all tokens, of the first convolution alone.
    if (!over_time || i == 0) c.norm = layer + ".layer_norm";
    if (over_time) c.norm_groups = columns[i];
    all.push_back(std::move(c));
  }
  return all;
}

// As many tokens before one as behind it; of an even number of taps one more before it.
FrameConvolution read_positions(const Config& config, const std::string& name, uint32_t width) {
  FrameConvolution c = {name, width, width};
  c.form.taps = config.count("num_conv_pos_embeddings", 128);
  c.form.before = c.form.taps / 2;
  c.form.after = c.form.taps - 1 - c.form.before;
  c.form.groups = config.count("num_conv_pos_embedding_groups", 16);
  c.activation = config.function("feat_extract_activation");
  if (c.form.taps > kMostCount || width % c.form.groups != 0) {
    fail(
        "{}: the config says num_conv_pos_embeddings is {}, num_conv_pos_embedding_groups {}; up "
        "to {}, and a divisor of hidden_size {}, can be converted",
        config.path(), c.form.taps, c.form.groups, kMostCount, width);
  }
  return c;
}

LayerSpec read_layer(const Config& config) {
  AttentionSpec self = {.query = biased_linear("attention.q_proj"),
                        .key = biased_linear("attention.k_proj"),
                        .value = biased_linear("attention.v_proj"),
                        .output = biased_linear("attention.out_proj")};
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width =
      config.divided("hidden_size", "num_attention_heads");
  FeedForwardSpec ffn = {.up = biased_linear("feed_forward.intermediate_dense"),
                         .down = biased_linear("feed_forward.output_dense")};
  ffn.width = config.count("intermediate_size");
  ffn.activation = config.function("hidden_act");
  return {{"layer_norm", self}, {"final_layer_norm", ffn}};
}

// What training, other heads and what they would add read.
void skip_others(const Config& config) {
  config.expect("add_adapter", false);
  config.expect("use_weighted_layer_sum", false);
  config.expect("conv_pos_batch_norm", false);
  config.skip(
      {"adapter_kernel_size", "adapter_stride", "num_adapter_layers", "output_hidden_size"});
  config.skip({"apply_spec_augment", "mask_feature_length", "mask_feature_min_masks",
               "mask_feature_prob", "mask_time_length", "mask_time_min_masks", "mask_time_prob",
               "mask_channel_length", "mask_channel_min_space", "mask_channel_other",
               "mask_channel_prob", "mask_channel_selection", "mask_time_min_space",
               "mask_time_other", "mask_time_selection"});
  config.skip({"classifier_proj_size", "codevector_dim", "contrastive_logits_temperature",
               "ctc_loss_reduction", "ctc_zero_infinity", "diversity_loss_weight",
               "num_codevector_groups", "num_codevectors_per_group", "num_negatives",
               "proj_codevector_dim", "tdnn_dilation", "tdnn_dim", "tdnn_kernel",
               "xvector_output_dim"});
  config.skip({"feat_extract_dropout", "feat_proj_dropout", "feat_quantizer_dropout",
               "final_dropout", "hidden_dropout_prob"});
}

TransformerSpec describe_wav2vec2(const Config& config, const Checkpoint& checkpoint,
                                  const std::string& base) {
  TransformerSpec spec;
  spec.base = base;
  spec.width = config.count("hidden_size");
  const bool before = config.flag("do_stable_layer_norm", false);
  spec.norm = {.epsilon = 1e-5f, .before = before};
  if (config.number("layer_norm_eps", 1e-5) != 1e-5) {
    fail("{}: the config's layer_norm_eps of {} is another than the 1e-05 of norms of convolutions",
         config.path(), config.number("layer_norm_eps"));
  }
  TowerSpec& tower = spec.encoder.emplace();
  EmbeddingSpec& e = tower.embedding;
  e.kind = EmbeddingSpec::kFeatures;
  e.input = tower.dim = "samples";
  e.rows = 1;
  const Extractor extractor(checkpoint, base == "hubert." ? "hubert" : "wav2vec2",
                            "Wav2Vec2FeatureExtractor");
  if (extractor.is_there()) {
    spec.audio = std::make_unique<schema::AudioT>();
    extractor.read_samples(e.front, *spec.audio);
  }
  e.convolutions = read_convolutions(config, base + "feature_extractor.conv_layers.");
  if (config.flag("feat_proj_layer_norm", true)) {
    e.features_norm = base + "feature_projection.layer_norm";
  }
  e.name = base + "feature_projection.projection";
  e.relative = read_positions(config, base + "encoder.pos_conv_embed.conv", spec.width);
  (before ? tower.norm : e.norm) = base + "encoder.layer_norm";
  tower.tokens = kMostSamples;
  tower.usual = kUsualSamples;
  tower.layers = {base + "encoder.layers.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {read_layer(config)}};
  tower.outputs = {{"hidden"}};
  const std::vector<std::string> names = config.texts("architectures");
  if (!names.empty() && names[0].ends_with("ForCTC")) {
    tower.outputs.push_back({"logits", {{StepSpec::kLinear, "lm_head", Bias::kRequired}}});
    spec.labels = read_letters(checkpoint, config.count("vocab_size", 32));
    const int32_t padding = config.token("pad_token_id");
    if (spec.audio) spec.audio->blank = padding < 0 ? 0 : padding;
  }
  config.skip({"vocab_size"});  // of that head, whose tensor has its rows
  spec.ignored = {base + "masked_spec_embed"};
  skip_others(config);
  return spec;
}

TransformerSpec describe_wav2vec2(const Config& config, const Checkpoint& checkpoint) {
  return describe_wav2vec2(config, checkpoint, "wav2vec2.");
}

TransformerSpec describe_hubert(const Config& config, const Checkpoint& checkpoint) {
  return describe_wav2vec2(config, checkpoint, "hubert.");
}

}  // namespace

const Family kWav2Vec2 = {
    .model_type = "wav2vec2",
    .name = "wav2vec2",
    .architectures = {"Wav2Vec2Model", "Wav2Vec2ForCTC"},
    .describe = describe_wav2vec2,
};

const Family kHubert = {
    .model_type = "hubert",
    .name = "hubert",
    .architectures = {"HubertModel", "HubertForCTC"},
    .describe = describe_hubert,
};

}  // namespace fovea::tools
