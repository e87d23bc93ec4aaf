// What a config must say, and what of it is read, known or refused.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/import/small_llama.h"
#include "tests/tools/refused.h"
#include "tools/common/error.h"
#include "tools/import/config.h"

namespace fovea::test {
namespace {

template <typename... Parts>
void check_config(const std::string& from, const std::string& to, const Parts&... parts) {
  const SmallLlama model;
  model.config(from, to);
  check_refusal([&] { model.import(); }, model.folder.path(), parts...);
}

}  // namespace

TEST_CASE("configs that make no sense are refused") {
  check_config("\"llama\"", "\"mamba\"", "mamba", "known ones are llama");
  check_config("\"model_type\": \"llama\", ", "", "no model_type");
  check_config("\"silu\"", "\"snake\"", "snake", "unknown activation", "silu");
  check_config("\"hidden_size\": 12", "\"hidden_size\": \"12\"", "hidden_size", "whole number");
  check_config("\"hidden_size\": 12", "\"hidden_size\": 0", "hidden_size is 0");
  check_config("\"hidden_size\": 12, ", "", "no hidden_size");
  check_config("\"head_dim\": 6", "\"head_dim\": 4",
               "tensor model.layers.0.self_attn.q_proj.weight has shape [24, 12]", "[16, 12]");
  check_config("\"head_dim\": 6", "\"head_dim\": 5", "head width is 5");
  check_config("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "of 4 cannot be divided",
               "num_key_value_heads of 3");
  check_config("\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\"}",
               "rope_scaling.factor");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": \"x\"", "rms_norm_eps is \"x\"",
               "finite number");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": NaN", "rms_norm_eps is NaN",
               "finite number");
  check_config("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": -Infinity", "-Infinity");
  check_config("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "num_hidden_layers is 3",
               "tensors of 2 such layers");
  check_config("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "model.layers.1.",
               "has no place");
  check_config("\"head_dim\": 6", "\"head_dim\": 1073741824", "heads of 1073741824 elements");
  check_config("\"attention_bias\": false", "\"attention_bias\": true", "q_proj.bias is missing");
  check_config("\"attention_bias\": false", "\"attention_bias\": 0", "true or false");
  check_config("\"vocab_size\": 21", "\"vocab_size\": 22", "embed_tokens.weight has shape [21, 12]",
               "[22, 12]");
}

TEST_CASE("every key of a config is read, known to be without effect, or refused by name") {
  const std::string at = "\"model_type\": \"llama\"";
  const auto with = [&](const std::string& members) { return at + ", " + members; };
  check_config(at, with("\"sliding_window\": 4096, \"logit_scale\": 2"), "logit_scale (2)",
               "sliding_window (4096)",
               "convert with --ignore logit_scale --ignore sliding_window");
  check_config(at, with("\"pretraining_tp\": 2"), "pretraining_tp (2)");
  check_config(at, with("\"rope_interleaved\": true"), "rope_interleaved (true)");
  check_config(at, with("\"quantization_config\": {\"bits\": 4}"), "quantization_config");
  check_config("\"rope_scaling\": null",
               "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"gamma\": 1}",
               "rope_scaling.gamma (1)");
  const SmallLlama model;
  model.config(at, with("\"pretraining_tp\": 1, \"sliding_window\": null, \"use_cache\": false, "
                        "\"attention_dropout\": 0.1, \"bos_token_id\": 1, "
                        "\"eos_token_id\": [2, 3], \"temperature\": Infinity, "
                        "\"transformers_version\": \"5.24.0\", \"dtype\": \"float32\", "
                        "\"architectures\": [\"LlamaForCausalLM\"]"));
  CHECK(model.import().model.methods.size() == 2);
  // As SmolLM2 is published.
  model.config(at,
               with("\"is_llama_config\": true, \"rope_interleaved\": false, "
                    "\"transformers.js_config\": {\"kv_cache_dtype\": {\"q4f16\": \"float16\"}}, "
                    "\"neftune_noise_alpha\": 5"));
  CHECK(model.import().model.methods.size() == 2);
}

TEST_CASE("keys can be taken out of a config") {
  nlohmann::json config = {{"a", 1}, {"b", {{"c", 2}, {"d", {{"e", 3}}}}}, {"f.g", 4}};
  tools::remove_keys(config, {"a", "b.c", "b.d.e", "f.g"});
  CHECK(config == nlohmann::json{{"b", {{"d", nlohmann::json::object()}}}});
  for (const char* key : {"a", "b.c", "b.x.y", "", "."}) {
    CHECK_THROWS_AS(tools::remove_keys(config, {key}), tools::UsageError);
  }
}

TEST_CASE("classes with another head than the family's are refused") {
  const std::string at = "\"model_type\": \"llama\"";
  check_config(at, at + ", \"architectures\": [\"LlamaForMultipleChoice\"]",
               "LlamaForMultipleChoice", "LlamaForCausalLM");
}

TEST_CASE("angles beyond what sines are right for are refused") {
  check_config("\"rope_scaling\": null",
               "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 1e-6}", "position 39",
               "--max context=N");
}

TEST_CASE("heads must divide the width where the config gives no head width") {
  const SmallLlama model;
  std::string text = config_json(kSmallLlama);
  text.replace(text.find("\"head_dim\": 6, "), 15, "");
  text.replace(text.find("\"num_attention_heads\": 4"), 24, "\"num_attention_heads\": 5");
  write_bytes(model.folder.file("config.json"), text);
  check_refusal([&] { model.import(); }, "hidden_size of 12", "num_attention_heads of 5");
}

}  // namespace fovea::test
