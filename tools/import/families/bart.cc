// BART (Lewis et al. 2019) and translators and summarisers that resemble it: mBART (Liu et al.
// 2020), Marian (Junczys-Dowmunt et al. 2018), PEGASUS (Zhang et al. 2020), M2M-100 and NLLB (Fan
// et al. 2020). They differ in norms, in positions and in what embeddings are multiplied by.

#include "tools/import/families.h"
#include "tools/import/families/seq2seq_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_bart(const Config& config, const Checkpoint& checkpoint) {
  Seq2SeqForm form;
  form.norm_embedding = true;
  form.positions = {PositionsSpec::kLearned};
  form.positions.first = 2;
  return describe_seq2seq(config, checkpoint, form);
}

TransformerSpec describe_mbart(const Config& config, const Checkpoint& checkpoint) {
  Seq2SeqForm form;
  form.before = form.norm_embedding = true;
  form.positions = {PositionsSpec::kLearned};
  form.positions.first = 2;
  return describe_seq2seq(config, checkpoint, form);
}

TransformerSpec describe_marian(const Config& config, const Checkpoint& checkpoint) {
  Seq2SeqForm form;
  form.positions = {PositionsSpec::kSinesFirst};
  return describe_seq2seq(config, checkpoint, form);
}

TransformerSpec describe_pegasus(const Config& config, const Checkpoint& checkpoint) {
  Seq2SeqForm form;
  form.before = true;
  form.positions = {PositionsSpec::kSinesFirst};
  return describe_seq2seq(config, checkpoint, form);
}

TransformerSpec describe_m2m(const Config& config, const Checkpoint& checkpoint) {
  Seq2SeqForm form;
  form.before = form.scales = true;
  form.activation = "relu";
  form.positions = {PositionsSpec::kSinesFirstEnds};
  const int32_t padding = config.has("pad_token_id") ? config.token("pad_token_id") : 1;
  form.positions.first = static_cast<uint32_t>(padding + 1);  // of a table that is not stored
  return describe_seq2seq(config, checkpoint, form);
}

}  // namespace

const Family kBart = {
    .model_type = "bart",
    .name = "bart",
    .architectures = {"BartForConditionalGeneration", "BartModel"},
    .describe = describe_bart,
    .tokens = {{"bos_token_id", 0},
               {"eos_token_id", 2},
               {"pad_token_id", 1},
               {"decoder_start_token_id", 2},
               {"forced_eos_token_id", 2}},
};

const Family kMbart = {
    .model_type = "mbart",
    .name = "mbart",
    .architectures = {"MBartForConditionalGeneration", "MBartModel"},
    .describe = describe_mbart,
    .tokens = {{"bos_token_id", 0},
               {"eos_token_id", 2},
               {"pad_token_id", 1},
               {"forced_eos_token_id", 2}},
};

const Family kMarian = {
    .model_type = "marian",
    .name = "marian",
    .architectures = {"MarianMTModel", "MarianModel"},
    .describe = describe_marian,
    .tokens = {{"eos_token_id", 0},
               {"pad_token_id", 58100},
               {"decoder_start_token_id", 58100},
               {"forced_eos_token_id", 0}},
};

const Family kPegasus = {
    .model_type = "pegasus",
    .name = "pegasus",
    .architectures = {"PegasusForConditionalGeneration", "PegasusModel"},
    .describe = describe_pegasus,
    .tokens = {{"eos_token_id", 1},
               {"pad_token_id", 0},
               {"decoder_start_token_id", 0},
               {"forced_eos_token_id", 1}},
};

const Family kM2m100 = {
    .model_type = "m2m_100",
    .name = "m2m_100",
    .architectures = {"M2M100ForConditionalGeneration", "M2M100Model"},
    .describe = describe_m2m,
    .tokens = {{"bos_token_id", 0},
               {"eos_token_id", 2},
               {"pad_token_id", 1},
               {"decoder_start_token_id", 2}},
};

}  // namespace fovea::tools
