#include "tools/import/inert.h"

#include <algorithm>
#include <iterator>

namespace fovea::tools {
namespace {

// Keys without effect whatever they say, grouped by why.
constexpr const char* kAlways[] = {
    // What the family was chosen by.
    "arch",
    "architectures",
    "model_type",
    // Noise of training: inference drops nothing.
    "activation_dropout",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_dropout",
    "attn_pdrop",
    "classifier_dropout",
    "drop_path_rate",
    "decoder_layerdrop",
    "dropout",
    "dropout_rate",
    "emb_pdrop",
    "embd_dropout",
    "embd_pdrop",
    "embed_dropout",
    "embedding_dropout",
    "encoder_layerdrop",
    "hidden_dropout",
    "hidden_dropout_prob",
    "layerdrop",
    "neftune_noise_alpha",
    "resid_dropout",
    "resid_pdrop",
    "residual_dropout",
    "router_jitter_noise",
    // What trained a router besides.
    "router_aux_loss_coef",
    // What weights were before training.
    "initializer_factor",
    "initializer_range",
    "init_std",
    // How a program runs or saves the same numbers: the stored tensors say their own types.
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_flash_attn_2_enabled",
    "attn_implementation",
    "chunk_size_feed_forward",
    "dtype",
    "gradient_checkpointing",
    "torch_dtype",
    "torchscript",
    "use_bfloat16",
    "use_cache",
    // What a program gives out beside the result.
    "keys_to_ignore_at_inference",
    "output_attentions",
    "output_hidden_states",
    "output_router_logits",
    "output_scores",
    "return_dict",
    "return_dict_in_generate",
    "tf_legacy_loss",
    "tie_last_hidden_states",
    // Where the model came from and who wrote the file.
    "_commit_hash",
    "_model_name_or_path",
    "_name_or_path",
    "auto_map",
    "finetuning_task",
    "name_or_path",
    "transformers.js_config",
    "transformers_version",
    "unsloth_fixed",
    "unsloth_version",
    // How text becomes tokens; whoever stores a tokenizer reads what it needs.
    "begin_suppress_tokens",
    "bos_token_id",
    "cls_token_id",
    "decoder_start_token_id",
    "eos_token_id",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "mask_token_id",
    "model_max_length",
    "pad_token_id",
    "prefix",
    "sep_token_id",
    "suppress_tokens",
    "tokenizer_class",
    "unk_token_id",
    // How tokens are chosen from logits.
    "bad_words_ids",
    "diversity_penalty",
    "do_sample",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "exponential_decay_length_penalty",
    "length_penalty",
    "max_length",
    "min_length",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_return_sequences",
    "remove_invalid_values",
    "repetition_penalty",
    "task_specific_params",
    "temperature",
    "top_k",
    "top_p",
    "typical_p",
    // Names and number of classes, and the loss that trained them: the head's tensor has its size.
    "id2label",
    "label2id",
    "num_labels",
    "problem_type",
    // Of a second head for whole texts that GPT-2 had, which no class here has.
    "summary_activation",
    "summary_first_dropout",
    "summary_last_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    // A bound of a state-space layer's steps, which attention does not have.
    "time_step_limit",
    // A former name of the context's length, which no version of transformers reads.
    "max_sequence_length",
};

// Keys without effect where they have this value.
struct At {
  const char* key;
  const char* value;
};
constexpr At kAt[] = {
    {"add_cross_attention", "false"},  // no attention to another model's states
    {"is_decoder", "false"},           // means causal for families that are not so by themselves
    {"is_encoder_decoder", "false"},
    {"is_llama_config", "true"},    // a trainer's word for the family; SmolLM2 has it
    {"pretraining_tp", "1"},        // more of them cut products into sums of another order
    {"pruned_heads", "{}"},         // all heads are there
    {"rope_interleaved", "false"},  // transformers reads it not even where it is true
    {"tie_encoder_decoder", "false"},
    {"use_sliding_window", "false"},  // every token looks at all before it
};

}  // namespace

bool is_inert(std::string_view key, const nlohmann::json& value) {
  if (std::find(std::begin(kAlways), std::end(kAlways), key) != std::end(kAlways)) return true;
  return std::any_of(std::begin(kAt), std::end(kAt),
                     [&](const At& at) { return key == at.key && value.dump() == at.value; });
}

}  // namespace fovea::tools
