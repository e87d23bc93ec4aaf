// What the configs and tensors of small folders (tests/families/make.py) say and is not understood:
// each refusal names it.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tools/families/changed_folder.h"
#include "tools/import/import.h"

namespace fovea::test {

TEST_CASE("what a text encoder's config says and is not understood is refused by name") {
  const char* config = "config.json";
  const std::string first = "{";
  refuse("bert-1", config, first, "{\"position_embedding_type\": \"relative_key\",",
         "position_embedding_type", "relative_key");
  refuse("bert-1", config, first, "{\"some_bias\": true,", "some_bias");
  refuse("bert-1", config, "\"num_attention_heads\": 2", "\"num_attention_heads\": 3",
         "num_attention_heads");
  refuse("bert-1", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
         "num_hidden_layers is 3");
  refuse("bert-1", config, "\"BertModel\"", "\"BertForNextSentencePrediction\"",
         "BertForNextSentencePrediction");
  refuse("bert-3", config, "\"2\": \"perhaps\"", "\"3\": \"perhaps\"", "id2label", "perhaps");
  refuse("bert-3", config, ",\n    \"2\": \"perhaps\"", "", "2 labels", "has 3");
  refuse("albert-1", config, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000000",
         "num_hidden_layers is 1000000000");
  refuse("roberta-1", config, "\"pad_token_id\": 1", "\"pad_token_id\": 21", "pad_token_id + 1");
}

TEST_CASE("what a decoder begins with goes on with forced ids, as far as each is said") {
  const auto start = [](const std::string& pair) {
    const ChangedFolder folder("whisper-2", "config.json", "[\n   2,\n   6\n  ]", pair);
    return tools::import_model(tools::open_checkpoint(folder.path()), {}).model.special->start;
  };
  const std::vector<int32_t> all = start("[2, 6]");
  REQUIRE(all.size() == 3);
  CHECK(all[2] == 6);
  const std::vector<int32_t> first(all.begin(), all.end() - 1);
  for (const char* none : {"[2, null]", "[2, -1]", "[3, 6]", "[2, 6, 7]", "[2, 1.5]", "[2]", "6"}) {
    CAPTURE(none);
    CHECK(start(none) == first);
  }
}

TEST_CASE("a config without head_dim has the one of its family") {
  // As the configs of transformers 5.24 have it; two heads, so that the queries have twice as many
  // rows, which the folders' own do not have.
  const struct {
    const char *folder, *head_dim, *rows;
  } cases[] = {{"cwm-1", "8", "[256, 16]"},         {"ernie4_5-1", "8", "[256, 16]"},
               {"gemma-1", "12", "[512, 16]"},      {"gemma2-1", "8", "[512, 16]"},
               {"gemma3_text-1", "8", "[512, 16]"}, {"glm-1", "8", "[256, 16]"},
               {"glm4-1", "8", "[256, 16]"},        {"gpt_oss-1", "8", "[128, 16]"},
               {"helium-1", "8", "[256, 16]"},      {"qwen3-1", "8", "[256, 16]"},
               {"seed_oss-1", "8", "[256, 16]"}};
  for (const auto& c : cases) {
    CAPTURE(c.folder);
    refuse(c.folder, "config.json", std::string("\"head_dim\": ") + c.head_dim + ",", "", "q_proj",
           c.rows);
  }
}

TEST_CASE("what the configs of other text encoders say and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  refuse("layoutlm-1", config, "embeddings\": 12", "embeddings\": 13", "x_position_embeddings");
  instead("eurobert-2", "classifier_pooling", "\"late\"", "\"early\"", "early");
  refuse("ernie-1", config, "\"type_vocab_size\": 2", "\"type_vocab_size\": 1", "use_task_id");
  for (const char* key : {"causal", "parallel_block", "parallel_block_tied_norm", "prenorm",
                          "reorder_and_upcast_attn", "rotary_emb_interleaved",
                          "scale_attn_by_inverse_layer_idx", "use_rms_norm"}) {
    instead("nomic_bert-5", key, "false", "true", "true");
  }
  instead("nomic_bert-5", "scale_attn_weights", "true", "false", "false");
  instead("nomic_bert-5", "rotary_emb_fraction", "1.0", "0.5", "0.5");
  instead("nomic_bert-5", "rotary_emb_scale_base", "null", "512", "512");
  instead("nomic_bert-5", "rotary_scaling_factor", "null", "2", "2");
  instead("nomic_bert-5", "activation_function", "\"swiglu\"", "\"relu\"", "relu");
  refuse("nomic_bert-5", config, "\"qkv_proj_bias\": false", "\"qkv_proj_bias\": true",
         "Wqkv.bias");
}

TEST_CASE("what the configs of DeBERTa and ESM say and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  refuse("deberta-1", config, "{", "{\"talking_head\": true,", "talking_head", "true");
  refuse("deberta-1", config, "{", "{\"share_att_key\": true,", "share_att_key");
  refuse("deberta-1", config, "\"c2p\",", "\"p2p\",", "pos_att_type", "p2p");
  refuse("deberta-1", config, "\"c2p\",", "\"p2c\",", "pos_att_type");
  refuse("deberta-1", config, "positions\": 5", "positions\": 6", "rel_embeddings");
  instead("deberta-1", "pos_att_type", "[", "\"\", \"was\": [", "pos_att_type");
  instead("deberta-2", "pos_att_type", "\"p2c\"", "\"p2c|\"", "pos_att_type");
  instead("deberta-2", "pooler_hidden_size", "16", "8", "8");
  instead("deberta-v2-1", "position_buckets", "6", "3", "3");
  refuse("deberta-v2-1", config, "position_buckets\": 6", "position_buckets\": 8",
         "rel_embeddings");
  instead("deberta-v2-1", "max_relative_positions", "10", "4", "position_buckets is 6");
  instead("deberta-v2-1", "max_relative_positions", "10", "100000", "past 32768");
  instead("deberta-v2-1", "norm_rel_ebd", "\"layer_norm\"", "\"rms_norm\"", "rms_norm");
  instead("deberta-v2-3", "conv_kernel_size", "3", "4", "4");
  refuse("deberta-v2-3", config, "{", "{\"conv_groups\": 2,", "conv_groups");
  instead("deberta-v2-3", "attention_head_size", "8", "4", "4");
  instead("esm-1", "mask_token_id", "9", "null", "mask_token_id");
  instead("esm-1", "is_folding_model", "false", "true", "is_folding_model");
  instead("esm-1", "position_embedding_type", "\"rotary\"", "\"relative_key\"", "relative_key");
}

TEST_CASE("what a decoder's config says and is not understood is refused by name") {
  const char* config = "config.json";
  const std::string first = "{";
  const auto with = [&](const char* folder, const char* key, const char* value,
                        const auto&... parts) {
    refuse(folder, config, first, std::string("{\"") + key + "\": " + value + ",", key, parts...);
  };
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  instead("gemma2-1", "use_bidirectional_attention", "null", "true", "true");
  instead("gemma2-1", "final_logit_softcapping", "3.0", "0", "above 0");
  instead("gemma2-1", "query_pre_attn_scalar", "5", "-5", "above 0");
  instead("gemma3_text-1", "attn_logit_softcapping", "null", "50", "50");
  refuse("gemma3_text-1", config, "\"full_attention\",", "\"chunked_attention\",", "layer_types[1]",
         "chunked_attention");
  refuse("gemma3_text-1", config, "\"rope_type\": \"linear\"", "\"rope_type\": \"spiral\"",
         "spiral");
  instead("gemma3_text-2", "rope_local_base_freq", "50.0", "0", "above 0");
  instead("granite-1", "residual_multiplier", "0.4", "0", "above 0");
  instead("olmo-1", "clip_qkv", "null", "0", "above 0");
  instead("cohere2-2", "use_gated_activation", "true", "false", "false");
  instead("cohere2-2", "position_embedding_type", "\"rope_gptj\"", "\"absolute\"", "absolute");
  refuse("cohere-2", config, "\"rope_theta\"", "\"theta\"", "no rope_theta");
  instead("starcoder2-2", "mlp_type", "\"default\"", "\"gated\"", "gated");
  instead("bloom-1", "apply_residual_connection_post_layernorm", "false", "true");
  instead("mpt-1", "alibi", "true", "false", "attn_config.alibi");
  instead("mpt-1", "alibi_bias_max", "8", "16", "16");
  instead("mpt-1", "clip_qkv", "null", "-6", "above 0");
  instead("mpt-1", "logit_scale", "null", "0.5", "0.5");
  instead("mpt-1", "expansion_ratio", "4", "2", "2");
  instead("falcon-3", "num_kv_heads", "4", "3", "3");
  instead("falcon-2", "parallel_attn", "true", "false", "new_decoder_architecture");
  instead("falcon-2", "num_ln_in_parallel_attn", "2", "3", "3");
  instead("gpt_bigcode-1", "num_key_value_heads", "1", "2", "multi_query");
  instead("gptj-1", "rotary_dim", "4", "10", "10");
  instead("gptj-1", "rotary_dim", "4", "null");
  instead("gpt_neo-1", "num_layers", "2", "1", "2 layers");
  refuse("gpt_neo-1", config, "\"local\"", "\"near\"", "attention_layers differ");
  refuse("gpt_neo-2", config, "\"local\"", "\"near\"", "near");
  with("gpt_neox-1", "some_bias", "true");
  with("phi-1", "alibi", "true");
  refuse("modernbert-1", config, "\"sliding_attention\",", "\"linear_attention\",",
         "layer_types[1]", "linear_attention");
  instead("modernbert-2", "classifier_pooling", "\"mean\"", "\"max\"", "max");
  instead("nomic_bert-1", "head_dim", "8", "4", "4");
  instead("llama-2", "architectures", "[", "[\"LlamaForPictures\",", "LlamaForPictures");
  refuse("llama-2", config, "\"LlamaForSequenceClassification\"", "\"LlamaForQuestionAnswering\"",
         "qa_outputs");
  instead("arcee-1", "hidden_act", "\"relu2\"", "\"relu3\"", "relu3");
  refuse("cwm-2", config, "\"rope_theta\"", "\"theta\"", "no rope_theta");
  refuse("exaone4-1", config, "\"sliding_attention\",", "\"linear_attention\",", "layer_types[0]");
  instead("exaone4-3", "sliding_window_pattern", "\"LG\"", "\"LGL\"", "LGL");
  instead("cwm-2", "sliding_window", "3", "null");
  refuse("glm4-1", config, "rotary_factor\": 0.5", "rotary_factor\": 0.4", "turns 3 elements");
}

TEST_CASE("what the config of an encoder-decoder says and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const char* key, const char* was, const char* is,
                           const auto&... parts) {
    const std::string name = std::string("\"") + key + "\": ";
    refuse(folder, config, name + was, name + is, key, parts...);
  };
  const auto with = [&](const char* folder, const char* key, const char* value,
                        const auto&... parts) {
    refuse(folder, config, "{", std::string("{\"") + key + "\": " + value + ",", key, parts...);
  };
  instead("t5-1", "feed_forward_proj", "\"relu\"", "\"gated-mish\"", "gated-mish");
  instead("t5-1", "relative_attention_num_buckets", "8", "6", "6");
  instead("t5-1", "relative_attention_max_distance", "10", "4", "4");
  instead("t5-1", "relative_attention_max_distance", "10", "100000000", "32768");
  instead("t5-1", "num_decoder_layers", "2", "3", "3");
  refuse("t5-1", config, "\"d_kv\": 6", "\"d_kv\": 7", "SelfAttention");
  instead("t5-1", "is_decoder", "false", "true");
  refuse("t5-3", "model.safetensors", "lm_head.weight", "lm_hand.weight", "lm_head.weight");
  refuse("mt5-1", config, "\"5.", "\"4.", "scale_decoder_outputs");
  with("bart-1", "num_hidden_layers", "3", "encoder_layers is 1");
  with("bart-1", "normalize_before", "true");
  with("bart-1", "static_position_embeddings", "true");
  with("bart-1", "add_bias_logits", "true");
  instead("bart-1", "decoder_attention_heads", "4", "3", "16");
  refuse("bart-1", config, "max_position_embeddings\": 20", "max_position_embeddings\": 21",
         "embed_positions");
  with("marian-1", "normalize_embedding", "true");
  instead("marian-1", "decoder_vocab_size", "40", "30", "30");
  instead("marian-1", "bad_words_ids", "[", "[\"a\", ", "\"a\"");
  instead("whisper-1", "use_weighted_layer_sum", "false", "true");
  instead("whisper-1", "scale_embedding", "false", "true");
  refuse("whisper-1", config, "num_mel_bins\": 6", "num_mel_bins\": 7", "conv1");
  instead("whisper-1", "max_source_positions", "9", "4000000000");
  instead("wav2vec2-1", "feat_extract_norm", "\"layer\"", "\"batch\"", "batch");
  instead("wav2vec2-1", "conv_dim", "[\n    6,", "[\n    6.5,", "6.5");
  instead("wav2vec2-1", "conv_stride", "[\n    3,", "[\n    3, 1,");
  instead("wav2vec2-1", "num_conv_pos_embedding_groups", "4", "3", "hidden_size 16");
  instead("wav2vec2-1", "layer_norm_eps", "1e-05", "1e-06", "1e-06");
  instead("wav2vec2-1", "add_adapter", "false", "true");
}

TEST_CASE("what a spectrogram transformer's folder says and is not understood is refused by name") {
  const char *config = "config.json", *extractor = "preprocessor_config.json";
  const std::string first = "audio-spectrogram-transformer-1",
                    heard = "audio-spectrogram-transformer-2";
  refuse(first.c_str(), config, "\"patch_size\": 4", "\"patch_size\": 12", "patch_size of 12",
         "num_mel_bins of 11");
  refuse(first.c_str(), config, "\"max_length\": 13", "\"max_length\": 4000000000", "max_length");
  refuse(first.c_str(), config, "\"time_stride\": 2", "\"time_stride\": 3", "position_embeddings",
         "[14, 16]");
  refuse(first.c_str(), config, "\"ASTModel\"", "\"ASTForCTC\"", "ASTForCTC");
  refuse(heard.c_str(), extractor, "\"num_mel_bins\": 11", "\"num_mel_bins\": 12", "num_mel_bins",
         "12");
  refuse(heard.c_str(), extractor, "\"max_length\": 13", "\"max_length\": 14", "max_length is 14");
  refuse(heard.c_str(), extractor, "16000", "8000", "sampling_rate", "8000");
  refuse(heard.c_str(), extractor, "ASTFeature", "WhisperFeature", "feature_extractor_type");
}

TEST_CASE("what either part of an encoder of images and a decoder says is refused by name") {
  const auto instead = [](const char* folder, const std::string& from, const std::string& to,
                          const auto&... parts) {
    refuse(folder, "config.json", from, to, parts...);
  };
  const char *first = "vision-encoder-decoder-1", *third = "vision-encoder-decoder-3";
  instead(first, "\"trocr\"", "\"bert\"", "decoder.model_type", "bert");
  instead(first, "\"vit\"", "\"swin\"", "encoder.model_type", "swin");
  instead(first, "hidden_size\": 16", "hidden_size\": 12", "cross_attention_hidden_size is 12",
          "encoder.hidden_size 16");
  instead(first, "\"is_decoder\": true", "\"is_decoder\": false", "decoder.is_decoder");
  instead(first, "\"decoder\": {", "\"decoder\": {\"some_gate\": 1,", "decoder.some_gate (1)");
  instead(first, "\"encoder\": {", "\"encoder\": {\"some_gate\": 1,", "encoder.some_gate (1)");
  instead(first, "\"max_position_embeddings\": 20", "\"max_position_embeddings\": 21",
          "embed_positions.weight");
  instead(first, "\"decoder_layers\": 2", "\"decoder_layers\": 1", "layers.1");
  refuse(third, "model.safetensors", "enc_to_dec_proj.bias", "enc_to_dec_proj.bios",
         "enc_to_dec_proj.bi");
}

TEST_CASE("what a series' transformer says and is not understood is refused by name") {
  const auto instead = [](const char* folder, const std::string& key, const std::string& from,
                          const std::string& to, const auto&... parts) {
    refuse(folder, "config.json", "\"" + key + "\": " + from, "\"" + key + "\": " + to, key,
           parts...);
  };
  instead("patchtst-1", "scaling", "\"std\"", "\"mean\"", "mean");
  instead("patchtst-1", "scaling", "\"std\"", "null", "null");
  instead("patchtst-1", "share_embedding", "true", "false");
  instead("patchtst-1", "share_projection", "true", "false");
  instead("patchtst-1", "use_cls_token", "false", "true");
  instead("patchtst-1", "loss", "\"mse\"", "\"nll\"", "nll");
  instead("patchtst-1", "norm_type", "\"batchnorm\"", "\"rmsnorm\"", "rmsnorm");
  instead("patchtst-1", "patch_length", "6", "21", "context_length of 21");
  instead("patchtst-1", "positional_encoding_type", "\"sincos\"", "\"rotary\"", "rotary");
  refuse("patchtst-1", "config.json", "\"context_length\": 21", "\"context_length\": 29",
         "position_enc", "[6, 16]");
  instead("patchtst-3", "pooling_type", "\"max\"", "\"sum\"", "sum");
  instead("patchtst-4", "output_range", "null", "[0, 1]");
  refuse("patchtst-5", "config.json", "\"PatchTSTModel\"", "\"PatchTSTForPretraining\"",
         "PatchTSTForPretraining");
}

TEST_CASE("what a config says of forecasts by quantiles and is not understood is refused by name") {
  const auto instead = [](const std::string& key, const std::string& from, const std::string& to,
                          const auto&... parts) {
    refuse("chronos-bolt-1", "config.json", "\"" + key + "\": " + from, "\"" + key + "\": " + to,
           parts...);
  };
  instead("context_length", "24", "3", "context_length of 3");
  instead("context_length", "24", "1048577", "context_length of 1048577");
  instead("input_patch_stride", "4", "2", "input_patch_stride is 2", "input_patch_size 4");
  instead("input_patch_size", "4", "0", "input_patch_size");
  instead("prediction_length", "5", "6", "output_patch_embedding", "[24, 20]");
  instead("prediction_length", "5", "1048576", "prediction_length of 1048576");
  instead("use_reg_token", "true", "false, \"some_flag\": 1", "shared.weight");
  instead("use_reg_token", "true", "true, \"some_flag\": 1", "chronos_config.some_flag");
  instead("chronos_config", "{", "3, \"other\": {", "chronos_config");
  instead("chronos_pipeline_class", "", "\"x\", \"some_bias\": ", "some_bias");
  instead("decoder_start_token_id", "0", "2", "decoder_start_token_id is 2", "below 2");
  instead("reg_token_id", "1", "0", "reg_token_id is 0");
  instead("d_ff", "20", "24", "hidden_layer.weight", "[24, 8]");
  refuse("chronos-bolt-1", "config.json", "\"chronos_config\"", "\"other_config\"",
         "chronos_config");
  refuse("chronos-bolt-1", "config.json", "ChronosBoltModelForForecasting", "ChronosModel",
         "ChronosModel");
}

TEST_CASE("copies of an embedding that hold other numbers are refused by name") {
  const TemporaryFolder copy, out;
  fs::copy(fs::path(FOVEA_FAMILIES) / "t5-2", copy.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const fs::path path = fs::path(copy.path()) / "model.safetensors";
  std::string bytes = text_of(path);
  const std::string name = "\"encoder.embed_tokens.weight\"";
  const size_t header =
      8 + static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
  const size_t offsets = bytes.find("data_offsets", bytes.find(name));
  const size_t at = header + std::stoul(bytes.substr(bytes.find('[', offsets) + 1));
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(path) << bytes;
  check_refusal(
      [&] {
        tools::convert({copy.path(), out.file("m.fovea"), {}, {}});
      },
      "encoder.embed_tokens.weight", "shared.weight");
}

TEST_CASE("what a config says of experts and is not understood is refused by name") {
  const char* config = "config.json";
  const auto instead = [&](const char* folder, const std::string& from, const std::string& to,
                           const auto&... parts) { refuse(folder, config, from, to, parts...); };
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 5", "gate.weight",
          "[4, 16]", "[5, 16]");
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 3", "[3, 16]");
  instead("mixtral-1", "\"num_local_experts\": 4", "\"num_local_experts\": 5000", "5000 experts");
  instead("mixtral-1", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "5 of 4 experts",
          "num_experts_per_tok");
  instead("mixtral-1", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 0",
          "num_experts_per_tok");
  instead("mixtral-1", "{", "{\"num_experts\": 3,", "num_experts is 3, num_local_experts 4");
  instead("mixtral-1", "{", "{\"router_bias\": true,", "router_bias");
  instead("qwen3_moe-2", "\"use_sliding_window\": false", "\"use_sliding_window\": true",
          "max_window_layers");
  instead("qwen3_moe-2", "\"mlp_only_layers\": [\n  0\n ]", "\"mlp_only_layers\": [3]",
          "mlp_only_layers has 3");
  instead("qwen3_moe-3", "\"decoder_sparse_step\": 2", "\"decoder_sparse_step\": 1", "mlp.gate");
  instead("qwen2_moe-1", "\"full_attention\",", "\"sliding_attention\",", "use_sliding_window");
  instead("olmoe-1", "\"clip_qkv\": null", "\"clip_qkv\": 6", "clip_qkv is 6");
  instead("gpt_oss-1", "\"swiglu_limit\": 1.0", "\"swiglu_limit\": 0", "swiglu_limit", "above 0");
  instead("gpt_oss-1", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act");
  instead("gpt_oss-2", "\"experts_per_token\": 2", "\"experts_per_token\": 1",
          "experts_per_token 1");
  instead("gpt_oss-2", "\"mxfp4\"", "\"fp8\"", "quant_method", "fp8");
  instead("mixtral-2", "{", "{\"quantization_config\": {\"quant_method\": \"mxfp4\"},",
          "quantization_config");
  const char* weights = "model.safetensors";
  refuse("gpt_oss-2", weights, "0.mlp.experts.down_proj_scales", "0.mlp.experts.down_proj_scalez",
         "down_proj_scales is missing");
  refuse("gpt_oss-2", weights, "[3,64,1,16]", "[3,64,16,1]", "MXFP4", "[3, 64, 16, 1]");
}

TEST_CASE(
    "a family that is not known is refused with the nearest one and what that does not know") {
  const char* config = "config.json";
  refuse("gemma2-1", config, "\"gemma2\"", "\"gemma9\", \"some_gate\": 3", "gemma9",
         "the nearest family is gemma2, which does not know some_gate (3)", "known ones are llama");
  refuse("bloom-2", config, "\"bloom\"", "\"blossom\"", "blossom",
         "the nearest family is bloom, and this is like it");
  refuse("mpt-1", config, "\"d_model\": 16", "\"d_width\": 16", "no d_model");
  refuse("gemma2-1", config, "\"hidden_size\": 16", "\"d_width\": 16", "no hidden_size");
}

TEST_CASE("a key that no family knows is refused by name in every folder") {
  for (const auto& entry : fs::directory_iterator(FOVEA_FAMILIES)) {
    const std::string name = entry.path().filename().string();
    refuse(name.c_str(), "config.json", "{", "{\"some_key\": 0.5,", "some_key (0.5)");
  }
}

TEST_CASE("modules of sentence-transformers that are not understood are refused by name") {
  const char* modules = "modules.json";
  refuse("bert-6", modules, "models.Normalize", "models.WeightedLayerPooling",
         "WeightedLayerPooling");
  refuse("bert-6", modules, "models.Pooling", "models.Normalize", "Pooling");
  refuse("bert-6", modules, "models.Transformer", "models.CLIPModel", "CLIPModel");
  refuse("bert-6", modules, "1_Pooling", "../1_Pooling", "../1_Pooling");
  refuse("bert-6", modules, "[", "{\"list\": [", "not a JSON list");
  const char* pooling = "1_Pooling/config.json";
  refuse("bert-6", pooling, "\"pooling_mode_max_tokens\": false",
         "\"pooling_mode_max_tokens\": true", "2 kinds");
  refuse("bert-6", pooling, "{", "{\"pooling_mode_weightedmean_tokens\": true,",
         "pooling_mode_weightedmean_tokens");
  refuse("bert-7", "2_Dense/config.json", "activation.Tanh", "activation.Hardtanh", "Hardtanh");
}

}  // namespace fovea::test
