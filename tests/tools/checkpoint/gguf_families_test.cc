// What GGUF files of a family leave out, or say in words of their own, as configs have it.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/checkpoint/gguf_llama.h"

namespace fovea::test {
namespace {

using Change = std::function<void(GgufFile&, const std::string& prefix)>;

// Keys and a table of a model of width 24 and 2 heads of 8 columns; what layers have is not there.
json config_of(const std::string& name, uint32_t layers, const Change& change = {}) {
  GgufFile file;
  const std::string prefix = name + ".";
  file.text("general.architecture", name);
  file.number(prefix + "block_count", layers);
  file.number(prefix + "context_length", 32);
  file.number(prefix + "embedding_length", 24);
  file.number(prefix + "attention.head_count", 2);
  file.number(prefix + "attention.key_length", 8);
  file.number(prefix + "attention.value_length", 8);
  file.floats("token_embd.weight", {24, 10}, 0);
  for (const char* epsilon : {"layer_norm_rms_epsilon", "layer_norm_epsilon"}) {
    const bool rms = name != "starcoder2" && name != "bert";
    if (rms == (std::string(epsilon) == "layer_norm_rms_epsilon")) {
      file.real(prefix + "attention." + epsilon, 1e-5f);
    }
  }
  if (change) change(file, prefix);
  const TemporaryFolder folder;
  write_bytes(folder.file("model.gguf"), file.bytes());
  return tools::open_checkpoint(folder.file("model.gguf")).config;
}

const Change kWindow = [](GgufFile& file, const std::string& prefix) {
  file.number(prefix + "attention.sliding_window", 16);
};

}  // namespace

TEST_CASE("Gemma's queries are divided by the width of a head, in the largest by that of all") {
  for (const auto& [name, largest] : {std::pair("gemma2", 46u), {"gemma3", 62u}}) {
    const std::string family = name;
    CAPTURE(family);
    CHECK(config_of(name, largest, kWindow)["query_pre_attn_scalar"] == 12.0);
    for (const uint32_t layers : {1u, largest - 1, largest + 1}) {
      CHECK(config_of(name, layers, kWindow)["query_pre_attn_scalar"] == 8.0);
    }
  }
}

TEST_CASE("Gemma 2 caps scores at 50 and logits at 30 where a file does not say at what") {
  const json silent = config_of("gemma2", 1, kWindow);
  CHECK(silent["attn_logit_softcapping"] == 50.0);
  CHECK(silent["final_logit_softcapping"] == 30.0);
  const json said = config_of("gemma2", 1, [](GgufFile& file, const std::string& prefix) {
    kWindow(file, prefix);
    file.real(prefix + "attn_logit_softcapping", 20);
    file.real(prefix + "final_logit_softcapping", 10);
  });
  CHECK(said["attn_logit_softcapping"] == 20.0);
  CHECK(said["final_logit_softcapping"] == 10.0);
  CHECK(said["sliding_window"] == 16);
}

TEST_CASE("Gemma 3 turns layers with a window by a base of their own, and scales the others") {
  const json silent = config_of("gemma3", 1, kWindow);
  CHECK(!silent.contains("rope_theta"));
  CHECK(silent["rope_parameters"] ==
        json({{"full_attention", {{"rope_type", "default"}, {"rope_theta", 10000.0}}},
              {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 10000.0}}}}));
  const json said = config_of("gemma3", 1, [](GgufFile& file, const std::string& prefix) {
    kWindow(file, prefix);
    file.real(prefix + "rope.freq_base", 1000000);
    file.real(prefix + "rope.freq_base_swa", 5000);
    file.text(prefix + "rope.scaling.type", "linear");
    file.real(prefix + "rope.scaling.factor", 8);
  });
  CHECK(!said.contains("rope_scaling"));
  CHECK(said["rope_parameters"] ==
        json({{"full_attention",
               {{"rope_type", "linear"}, {"factor", 8.0}, {"rope_theta", 1000000.0}}},
              {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 5000.0}}}}));
}

TEST_CASE("Gemma 3 says which layers have a window by a number or layer by layer") {
  const auto with = [](const Change& more) {
    return config_of("gemma3", 3, [&](GgufFile& file, const std::string& prefix) {
      kWindow(file, prefix);
      more(file, prefix + "attention.sliding_window_pattern");
    });
  };
  CHECK(!with([](GgufFile&, const std::string&) {}).contains("layer_types"));
  const json number = with([](GgufFile& file, const std::string& key) { file.number(key, 6); });
  CHECK(number["sliding_window_pattern"] == 6);
  CHECK(!number.contains("layer_types"));
  const json list = with([](GgufFile& file, const std::string& key) {
    file.values<uint8_t>(key, 7, {1, 0, 1});
  });
  CHECK(list["layer_types"] == json({"sliding_attention", "full_attention", "sliding_attention"}));
  CHECK(!list.contains("sliding_window_pattern"));
}

TEST_CASE("a window of 0 is none in Phi 3") {
  const auto window = [](uint32_t size) {
    return config_of("phi3", 1, [=](GgufFile& file, const std::string& prefix) {
      file.number(prefix + "attention.sliding_window", size);
    });
  };
  CHECK(!window(0).contains("sliding_window"));
  CHECK(window(9)["sliding_window"] == 9);
}

TEST_CASE("biases are there where the first layer has one") {
  const auto with = [](const char* name, const char* tensor) {
    return config_of(name, 1, [&](GgufFile& file, const std::string&) {
      file.floats(std::string("blk.0.") + tensor, {2}, 1);
    });
  };
  for (const auto& [name, flag] : {std::pair("starcoder2", "use_bias"),
                                   {"qwen3", "attention_bias"},
                                   {"olmo2", "attention_bias"},
                                   {"llama", "attention_bias"}}) {
    const std::string family = name;
    CAPTURE(family);
    CHECK(with(name, "attn_q.bias")[flag] == true);
    CHECK(with(name, "attn_k.weight")[flag] == false);
  }
  CHECK(with("llama", "ffn_up.bias")["mlp_bias"] == true);
  CHECK(with("llama", "attn_q.bias")["mlp_bias"] == false);
}

TEST_CASE("experts of gpt-oss are as wide as both of its keys say") {
  const auto with = [](const Change& more) {
    return config_of("gpt-oss", 1, [&](GgufFile& file, const std::string& prefix) {
      kWindow(file, prefix);
      file.number(prefix + "expert_count", 4);
      file.number(prefix + "expert_used_count", 2);
      file.number(prefix + "expert_feed_forward_length", 12);
      more(file, prefix);
    });
  };
  const json silent = with([](GgufFile&, const std::string&) {});
  CHECK(silent["intermediate_size"] == 12);
  CHECK(silent["rope_scaling"] == json({{"rope_type", "default"}}));
  const json yarn = with([](GgufFile& file, const std::string& prefix) {
    file.number(prefix + "feed_forward_length", 12);
    file.text(prefix + "rope.scaling.type", "yarn");
    file.real(prefix + "rope.scaling.factor", 4);
  });
  CHECK(yarn["rope_scaling"]["truncate"] == false);
  CHECK(yarn["rope_scaling"]["factor"] == 4.0);
  check_refusal(
      [&] {
        with([](GgufFile& file, const std::string& prefix) {
          file.number(prefix + "feed_forward_length", 13);
        });
      },
      "gpt-oss.expert_feed_forward_length is 12", "feed_forward_length 13");
}

TEST_CASE("a BERT pools as its file says, and sees what is behind a token") {
  const auto with = [](uint8_t causal, int pooling) {
    GgufFile file;
    file.text("general.architecture", "bert");
    for (const char* key :
         {"block_count", "context_length", "embedding_length", "attention.head_count"}) {
      file.number(std::string("bert.") + key, 1);
    }
    file.real("bert.attention.layer_norm_epsilon", 1e-5f);
    file.key<uint8_t>("bert.attention.causal", 7, causal);
    if (pooling >= 0) file.number("bert.pooling_type", static_cast<uint32_t>(pooling));
    file.floats("token_embd.weight", {1, 10}, 0);
    file.floats("token_types.weight", {1, 3}, 0);
    const TemporaryFolder folder;
    write_bytes(folder.file("model.gguf"), file.bytes());
    return tools::open_checkpoint(folder.file("model.gguf"));
  };
  CHECK(with(0, -1).modules.empty());
  CHECK(with(0, 0).modules.empty());
  CHECK(with(0, 0).config["type_vocab_size"] == 3);
  const std::vector<std::string> kinds = {"", "mean", "cls", "lasttoken"};
  for (int pooling = 1; pooling < 4; ++pooling) {
    const auto modules = with(0, pooling).modules;
    REQUIRE(modules.size() == 1);
    CHECK(modules[0].config["pooling_mode"] == kinds[static_cast<size_t>(pooling)]);
  }
  check_refusal([&] { with(0, 4); }, "bert.pooling_type is 4", "0 to 3");
  check_refusal([&] { with(1, 0); }, "bert.attention.causal is true");
}

TEST_CASE("chats of a file may end with more tokens than its texts do, each named once") {
  const json config = open_gguf([](GgufFile& file) {
                        file.number("tokenizer.ggml.eos_token_id", 2);
                        file.number("tokenizer.ggml.eot_token_id", 2);
                        file.number("tokenizer.ggml.eom_token_id", 5);
                      }).config;
  CHECK(config["eos_token_id"] == std::vector<int>{2, 5});
  CHECK(open_gguf().config["eos_token_id"].empty());
  CHECK(open_gguf().config["bos_token_id"].is_null());
  CHECK(open_gguf().config["pad_token_id"].is_null());
}

TEST_CASE("a number that is a text, and a table that is none, are refused") {
  check_refusal([] { open_gguf([](GgufFile& file) { file.text("llama.rope.freq_base", "x"); }); },
                "llama.rope.freq_base is \"x\"", "no number");
  check_refusal(
      [] {
        GgufFile file;
        file.text("general.architecture", "llama");
        for (const char* key :
             {"block_count", "context_length", "embedding_length", "attention.head_count"}) {
          file.number(std::string("llama.") + key, 1);
        }
        file.real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        file.floats("token_embd.weight", {10}, 0);
        const TemporaryFolder folder;
        write_bytes(folder.file("model.gguf"), file.bytes());
        tools::open_checkpoint(folder.file("model.gguf"));
      },
      "no table token_embd.weight");
}

}  // namespace fovea::test
