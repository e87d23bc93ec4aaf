// Keyword transformers (Berg et al. 2021): encoders over audio features with a class token.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/filters.h"

namespace fovea::tools {
namespace {

// What the config repeats.
void check_implied(const Config& config, const Heads& heads, uint32_t frames) {
  const uint32_t tokens = config.count("seq_len", frames + 1);
  if (tokens != frames + 1) {
    fail("{}: the config says seq_len is {}; its frames and the class token make {}", config.path(),
         tokens, frames + 1);
  }
  const double scale = 1 / std::sqrt(static_cast<double>(heads.key_width));
  const double said = config.number("attn_scale", scale);
  if (std::fabs(said - scale) > 1e-6 * scale) {
    fail("{}: the config says attn_scale is {}; only 1 / sqrt(head width), {}, can be converted",
         config.path(), said, scale);
  }
  config.skip({"frontend"});  // a description for people
}

// What the config and the checkpoint say of the front end again.
void check_front_end(const Config& config, const Checkpoint& checkpoint, const Extractor& extractor,
                     const FrontEndSpec& front, uint32_t rate) {
  const auto expect = [&](const char* key, uint32_t value, const char* its_key) {
    if (config.count(key, value) == value) return;
    fail("{}: the config says {} is {}; {} says {} is {}", config.path(), key, config.count(key),
         extractor.path(), its_key, value);
  };
  expect("sample_rate", rate, "sampling_rate");
  expect("frame_len", front.spectrum.frame, "frame_length");
  expect("hop", front.spectrum.stride, "hop_length");
  const auto table = [&](const char* name, const std::vector<float>& numbers) {
    expect_table(checkpoint, std::string("frontend.") + name, numbers, extractor.path());
  };
  table("window", front.window);
  std::vector<float> cosines, sines, filters;
  const std::vector<float> roots = roots_of_one(front.spectrum.size);
  for (uint32_t k = 0; k < front.bins; ++k) {
    for (uint32_t t = 0; t < front.spectrum.frame; ++t) {
      const size_t root = uint64_t{k} * t % front.spectrum.size;
      cosines.push_back(roots[2 * root]);
      sines.push_back(roots[2 * root + 1]);
    }
  }
  table("dft_re.weight", cosines);
  table("dft_im.weight", sines);
  const float* weight = front.filter_weights.data();
  for (size_t j = 0; j < front.filters.firsts.size(); ++j) {
    const size_t row = filters.size(), count = front.filters.counts[j];
    filters.resize(row + front.bins);
    std::copy_n(weight, count, filters.data() + row + front.filters.firsts[j]);
    weight += count;
  }
  table("mel.weight", filters);
  table("log_floor", {front.logarithm.least});
  table("dct.weight", front.cepstrum_weights);
  table("mean", {0});
  table("inv_std", std::vector<float>(front.cepstrum.counts.size(), 1));
}

// Frames that somebody made, or samples where the folder says what is made of them.
void read_kwt_input(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  TowerSpec& tower = *spec.encoder;
  const Extractor extractor(checkpoint, "kwt", "MfccFeatureExtractor");
  if (!extractor.is_there()) return config.skip({"frame_len", "hop", "sample_rate"});
  spec.audio = std::make_unique<schema::AudioT>();
  EmbeddingSpec& e = tower.embedding;
  extractor.read_cepstrum(e.rows, tower.tokens, e.front, *spec.audio);
  check_front_end(config, checkpoint, extractor, e.front, spec.audio->rate);
  e.input = "samples";
  tower.tokens = spec.audio->window;
}

TransformerSpec describe_kwt(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  AttentionSpec self = {
      .query = {"attn.q"}, .key = {"attn.k"}, .value = {"attn.v"}, .output = {"attn.o"}};
  FeedForwardSpec ffn = {.up = {"mlp.fc1"}, .down = {"mlp.fc2"}};
  spec.width = config.count("d_model");
  ffn.width = config.count("mlp_dim");
  self.heads.count = self.heads.kv_count = config.count("num_heads");
  self.heads.key_width = self.heads.value_width = config.divided("d_model", "num_heads");
  const bool tanh = config.choice("gelu", "tanh", {"tanh", "erf"}) == "tanh";
  ffn.activation = tanh ? schema::Function::GeluTanh : schema::Function::GeluErf;
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-6));
  spec.norm.before = config.choice("norm", "post", {"post", "pre"}) == "pre";
  tower.tokens = config.count("num_frames");
  tower.embedding = {.kind = EmbeddingSpec::kFeatures,
                     .input = "features",
                     .name = "proj",
                     .rows = config.count("num_mfcc"),
                     .class_token = "class_embedding",
                     .positions = {PositionsSpec::kLearned, "position_embedding"}};
  check_implied(config, self.heads, tower.tokens);
  read_kwt_input(config, checkpoint, spec);
  tower.layers = {"layers.", config.count("num_layers"), "num_layers", {}};
  tower.layers.pattern = {{{"norm1", self}, {"norm2", ffn}}};
  tower.pool_first = true;
  if (spec.norm.before) tower.norm = "norm";
  spec.labels = config.texts("labels");
  tower.head = {.linear = {"head"}, .outputs = static_cast<uint32_t>(spec.labels.size())};
  spec.ignored = {"frontend."};  // what computes the features has these
  return spec;
}

}  // namespace

const Family kKwt = {
    .model_type = "kwt",
    .name = "kwt",
    .architectures = {"kwt"},
    .describe = describe_kwt,
};

}  // namespace fovea::tools
