// Small folders of every family (tests/families/make.py) through the whole of it: converted, run
// through the public API in several ways, against what transformers makes of them in double
// precision. Prints README's table.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fovea/fovea.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/commands/convert.h"
#include "tools/common/mapped_file.h"
#include "tools/firmware/sources.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<float>;
using Outputs = std::map<std::string, Numbers>;

constexpr double kMost = 3e-5;  // of the largest number of an output

struct Reference {
  Numbers tokens, lengths, types;
  Outputs outputs;
};

Reference read_reference(const fs::path& folder) {
  tools::Checkpoint file;
  tools::add_safetensors(tools::MappedFile((folder / "reference.safetensors").string()), file);
  Reference r;
  for (const auto& [name, tensor] : file.tensors) {
    Numbers& to = name == "tokens"        ? r.tokens
                  : name == "lengths"     ? r.lengths
                  : name == "token_types" ? r.types
                                          : r.outputs[name];
    to.resize(tensor.elements());
    file.read(name, 0, to);
  }
  return r;
}

class Session {
 public:
  explicit Session(const std::string& path) : file_(path) {
    fovea_error error;
    const auto bytes = file_.bytes();
    REQUIRE(fovea_open({bytes.data(), bytes.size()}, {}, &model_, &error) == FOVEA_OK);
    const size_t size = fovea_arena(&model_, 1).total;
    arena_.reset(std::aligned_alloc(FOVEA_ALIGNMENT, size));
    std::memset(arena_.get(), 0xFF, size);
    REQUIRE(fovea_bind(&model_, {{arena_.get(), size}, {}, {}}, nullptr, &session_, &error) ==
            FOVEA_OK);
    REQUIRE(fovea_check_fingerprint(session_, &error) == FOVEA_OK);
  }

  bool has(const char* method) const { return fovea_find_method(&model_, method) >= 0; }

  void reset() {
    fovea_error error;
    for (uint32_t i = 0; i < 4; ++i) REQUIRE(fovea_reset(session_, i, &error) == FOVEA_OK);
  }

  // Runs sequences, whose tokens lie one after another, and appends what they give.
  void run(const char* name, const Numbers& tokens, const Numbers& lengths, const Numbers& types,
           Outputs& outputs) {
    fovea_error error;
    method_ = static_cast<uint32_t>(fovea_find_method(&model_, name));
    set_dim("tokens", tokens.size());
    set_dim("batch", lengths.size());
    give("tokens", tokens);
    give("lengths", lengths);
    if (!types.empty()) give("token_types", types);
    REQUIRE(fovea_run(session_, method_, &error) == FOVEA_OK);
    for (auto& [output, to] : outputs) {
      fovea_tensor tensor;
      CAPTURE(output);
      REQUIRE(fovea_output(session_, method_, output.c_str(), &tensor, nullptr) == FOVEA_OK);
      const float* data = static_cast<const float*>(tensor.data);
      to.insert(to.end(), data, data + tensor.bytes / sizeof(float));
    }
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };

  void set_dim(const char* name, size_t value) {
    fovea_error error;
    const uint32_t dim = static_cast<uint32_t>(fovea_find_dim(&model_, name));
    REQUIRE(fovea_set_dim(session_, dim, static_cast<uint32_t>(value), &error) == FOVEA_OK);
  }

  void give(const char* name, const Numbers& numbers) {
    fovea_tensor tensor;
    CAPTURE(name);
    REQUIRE(fovea_input(session_, method_, name, &tensor, nullptr) == FOVEA_OK);
    REQUIRE(tensor.bytes == numbers.size() * sizeof(int32_t));
    std::copy(numbers.begin(), numbers.end(), static_cast<int32_t*>(tensor.data));
  }

  tools::MappedFile file_;
  fovea_model model_;
  std::unique_ptr<void, Free> arena_;
  fovea_session* session_ = nullptr;
  uint32_t method_ = 0;
};

Numbers slice(const Numbers& numbers, size_t first, size_t count) {
  if (numbers.empty()) return {};
  const auto begin = numbers.begin() + static_cast<ptrdiff_t>(first);
  return {begin, begin + static_cast<ptrdiff_t>(count)};
}

// One sequence after the other, `chunk` tokens at a time.
Outputs run_alone(Session& session, const char* method, const Reference& r, size_t chunk) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  size_t first = 0;
  for (const float length : r.lengths) {
    session.reset();
    const size_t end = first + static_cast<size_t>(length);
    for (; first < end;) {
      const size_t count = std::min(chunk, end - first);
      session.run(method, slice(r.tokens, first, count), {static_cast<float>(count)},
                  slice(r.types, first, count), made);
      first += count;
    }
  }
  return made;
}

Outputs run_packed(Session& session, const char* method, const Reference& r) {
  Outputs made;
  for (const auto& entry : r.outputs) made[entry.first] = {};
  session.reset();
  session.run(method, r.tokens, r.lengths, r.types, made);
  return made;
}

double worst_of(const Outputs& made, const Outputs& wanted) {
  double worst = 0;
  for (const auto& [name, numbers] : wanted) {
    CAPTURE(name);
    const Numbers& found = made.at(name);
    REQUIRE(found.size() == numbers.size());
    double error = 0, most = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const double e = std::abs(double{found[i]} - numbers[i]);
      error = std::isnan(e) ? INFINITY : std::max(error, e);
      most = std::max(most, std::abs(double{numbers[i]}));
    }
    worst = std::max(worst, error / most);
  }
  return worst;
}

double check_folder(const fs::path& folder) {
  CAPTURE(folder.string());
  const TemporaryFolder made;
  tools::ConvertOptions options;
  const fs::path gguf = folder / "model.gguf";
  options.input = fs::exists(gguf) ? gguf.string() : folder.string();
  options.output = made.file("model.fovea");
  options.maxima = {{"batch", 4}, {"tokens", 64}};
  options.quiet = true;
  tools::convert(options);
  Session session(options.output);
  const Reference r = read_reference(folder);
  const bool encoder = session.has("encode");
  const char* method = encoder ? "encode" : "forward";
  double worst = 0;
  const auto check = [&](const Outputs& outputs) {
    const double error = worst_of(outputs, r.outputs);
    CHECK(error < kMost);
    worst = std::max(worst, error);
  };
  check(run_alone(session, method, r, 64));
  check(run_packed(session, method, r));
  for (const size_t chunk : {1, 3}) {
    if (!encoder) check(run_alone(session, method, r, chunk));
  }
  return worst;
}

struct Row {
  size_t configurations = 0;
  double worst = 0;
};

}  // namespace

TEST_CASE("folders of every family give what transformers does, alone, packed and in chunks") {
  std::map<std::string, Row> table;
  for (const auto& entry : fs::directory_iterator(FOVEA_FAMILIES)) {
    const std::string name = entry.path().filename().string();
    Row& row = table[name.substr(0, name.rfind('-'))];
    ++row.configurations;
    row.worst = std::max(row.worst, check_folder(entry.path()));
  }
  std::printf("| family | configurations | largest error |\n|---|---|---|\n");
  for (const auto& [family, row] : table) {
    std::printf("| %s | %zu | %.1e |\n", family.c_str(), row.configurations, row.worst);
    CHECK(row.configurations >= 2);
  }
  CHECK(table.size() >= 40);
}

TEST_CASE("GGUF files of every architecture give what transformers does of the same weights") {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(FOVEA_GGUF)) {
    if (!fs::exists(entry.path() / "model.gguf")) continue;
    ++files;
    const double worst = check_folder(entry.path());
    std::printf("%s: %.1e\n", entry.path().filename().c_str(), worst);
  }
  CHECK(files >= 22);
}

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Converts a copy of a folder in a file of which `from` became `to`.
template <typename... Parts>
void refuse(const char* name, const char* file, const std::string& from, const std::string& to,
            const Parts&... parts) {
  CAPTURE(to);
  const TemporaryFolder copy, out;
  fs::copy(fs::path(FOVEA_FAMILIES) / name, copy.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const fs::path path = fs::path(copy.path()) / file;
  std::string text = text_of(path);
  REQUIRE(text.find(from) != std::string::npos);
  text.replace(text.find(from), from.size(), to);
  std::ofstream(path) << text;
  check_refusal([&] { tools::convert({copy.path(), out.file("m.fovea"), {}, {}}); }, parts...);
}

// What firmware of a folder's model names of attention.
std::string attention_of(const char* name) {
  const TemporaryFolder made;
  tools::ConvertOptions options;
  options.input = (fs::path(FOVEA_FAMILIES) / name).string();
  options.output = made.file("model.fovea");
  options.quiet = true;
  tools::convert(options);
  const std::string source = tools::firmware_operators(tools::ModelFile(options.output), "m");
  const std::string start = "&fovea_operator_attention";
  const size_t at = source.find(start);
  REQUIRE(at != std::string::npos);
  CHECK(source.find(start, at + 1) == std::string::npos);
  return source.substr(at + start.size(), source.find(',', at) - at - start.size());
}

}  // namespace

TEST_CASE("firmware links no more of attention than its model has") {
  CHECK(attention_of("bert-1") == "_plain");
  CHECK(attention_of("mpnet-1") == "_form");
  CHECK(attention_of("deberta-1") == "");
  // Divided as though distances had a part.
  CHECK(attention_of("deberta-3") == "_plain");
}

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
  instead("llama-2", "architectures", "[", "[\"LlamaForQuestionAnswering\",",
          "LlamaForQuestionAnswering");
}

TEST_CASE("experts that are stored in f16 give the same bits in f16 and in f32, alone and packed") {
  for (const char* name : {"granitemoe-2", "gpt_oss-3"}) {
    CAPTURE(name);
    const fs::path folder = fs::path(FOVEA_FAMILIES) / name;
    const Reference r = read_reference(folder);
    Outputs made[2][2];
    for (const bool half : {false, true}) {
      const TemporaryFolder out;
      tools::ConvertOptions options;
      options.input = folder.string();
      options.output = out.file("model.fovea");
      options.maxima = {{"batch", 4}, {"tokens", 64}};
      options.quiet = true;
      options.format = half ? "f16" : "f32";
      tools::convert(options);
      Session session(options.output);
      made[half][0] = run_alone(session, "forward", r, 64);
      made[half][1] = run_packed(session, "forward", r);
    }
    CHECK(made[0][0] == made[1][0]);
    CHECK(made[0][1] == made[1][1]);
    CHECK(made[0][0] == made[0][1]);
  }
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
