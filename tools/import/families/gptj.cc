// GPT-J (Wang and Komatsuzaki 2021) and CodeGen (Nijkamp et al. 2022): one norm for attention and
// feed-forward side by side, neighbours in a part of each head that turn together.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {
namespace {

// "rotary_dim" elements of a head turn, by frequencies of 10000.
RotarySpec read_turning(const Config& config, uint32_t head_width, uint32_t positions) {
  if (config.names("rotary_dim") && !config.has("rotary_dim")) config.count("rotary_dim");
  Rotary rotary;
  rotary.width = config.count("rotary_dim", 64);
  rotary.positions = positions;
  if (rotary.width % 2 != 0 || rotary.width > head_width) {
    fail("{}: the config says rotary_dim is {}; it must be even and at most a head's {}",
         config.path(), rotary.width, head_width);
  }
  return {rotary, /*interleaved=*/true};
}

TransformerSpec describe_gptj(const Config& config, const Checkpoint&) {
  GptForm form;
  form.ffn_norm = form.attention_norm;
  form.parallel = true;
  TransformerSpec spec = describe_gpt(config, form);
  TowerSpec& tower = *spec.decoder;
  AttentionSpec& self = attention_of(spec);
  self.rotary = 0;
  spec.rotaries = {read_turning(config, self.heads.key_width, tower.tokens)};
  tower.head.linear.bias = Bias::kRequired;
  tower.layers.ignored = {"attn.bias", "attn.masked_bias", "attn.causal_mask"};
  config.expect("rotary", true);
  config.expect("scale_attn_weights", true);
  return spec;
}

// Rows of one matrix, which was divided among four processors: of each the queries, the values and
// the keys.
TransformerSpec describe_codegen(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = describe_gptj(config, checkpoint);
  constexpr uint32_t kProcessors = 4;
  if (spec.width % kProcessors != 0) {
    fail("{}: the config says n_embd is {}; it must be a multiple of {}", config.path(), spec.width,
         kProcessors);
  }
  const uint64_t share = spec.width / kProcessors;
  const auto rows = [&](uint64_t part) {
    return LinearSpec{"attn.qkv_proj",
                      {.rows = 3 * uint64_t{spec.width},
                       .first = part * share,
                       .stride = 3 * share,
                       .block = share},
                      Bias::kNone};
  };
  AttentionSpec& self = attention_of(spec);
  self.query = rows(0);
  self.value = rows(1);
  self.key = rows(2);
  config.skip({"n_ctx"});  // beside n_positions
  return spec;
}

}  // namespace

const Family kGptJ = {
    .model_type = "gptj",
    .name = "gptj",
    .architectures = {"GPTJForCausalLM", "GPTJModel", "GPTJForSequenceClassification",
                      "GPTJForQuestionAnswering"},
    .describe = describe_gptj,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

const Family kCodeGen = {
    .model_type = "codegen",
    .name = "codegen",
    .architectures = {"CodeGenForCausalLM", "CodeGenModel"},
    .describe = describe_codegen,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

}  // namespace fovea::tools
