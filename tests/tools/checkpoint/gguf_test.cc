#include "tools/checkpoint/gguf/gguf.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/checkpoint/gguf_llama.h"
#include "tests/tools/refused.h"
#include "tools/import/config.h"
#include "tools/import/import.h"

namespace fovea::test {
TEST_CASE("a Llama has Hugging Face's keys and names") {
  const Checkpoint c = open_gguf([](GgufFile& file) {
    file.number("tokenizer.ggml.bos_token_id", 1);
    file.number("tokenizer.ggml.eos_token_id", 2);
    file.number("tokenizer.ggml.eot_token_id", 3);
    file.number("tokenizer.ggml.padding_token_id", 0);
  });
  CHECK(c.format == "GGUF version 3");
  CHECK(c.interleaved);
  CHECK(!c.whole_gains);
  CHECK(c.config["model_type"] == "llama");
  CHECK(c.config["hidden_size"] == 8);
  CHECK(c.config["num_hidden_layers"] == 1);
  CHECK(c.config["vocab_size"] == 10);
  CHECK(c.config["rope_theta"] == 10000);
  CHECK(c.config["tie_word_embeddings"] == true);
  CHECK(c.config["attention_bias"] == false);
  CHECK(c.config["bos_token_id"] == 1);
  CHECK(c.config["eos_token_id"] == std::vector<int>{2, 3});
  CHECK(c.config["pad_token_id"] == 0);
  CHECK(c.at("model.layers.0.mlp.down_proj.weight").shape == std::vector<uint64_t>{8, 12});
  float value = 0;
  c.read("model.layers.0.self_attn.k_proj.weight", 3, {&value, 1});
  CHECK(value == 403);
  CHECK(tools::import_model(c, {}).model.special->end == std::vector<int32_t>{2, 3});
}

TEST_CASE("a file may say that texts have no begin token") {
  const Checkpoint c = open_gguf([](GgufFile& file) {
    file.number("tokenizer.ggml.bos_token_id", 1);
    file.key<uint8_t>("tokenizer.ggml.add_bos_token", 7, 0);
  });
  CHECK(c.config["bos_token_id"].is_null());
}

TEST_CASE("keys and tensors of no known meaning are refused by name") {
  refused([](GgufFile& file) { file.number("llama.some_key", 3); }, "llama.some_key (3)",
          "--ignore llama.some_key");
  refused([](GgufFile& file) { file.number("adapter.type", 3); }, "adapter.type (3)");
  refused([](GgufFile& file) { file.floats("blk.0.attn_rot_embd.weight", {2}, 1); },
          "blk.0.attn_rot_embd.weight");
  refused([](GgufFile& file) { file.floats("blk.x.attn_q.weight", {2}, 1); },
          "blk.x.attn_q.weight");
  refused([](GgufFile& file) { file.floats("blk.00.attn_norm.weight", {8}, 1); },
          "blk.00.attn_norm.weight", "two names");
  refused([](GgufFile& file) { file.floats("blk.0.attn_q.scale", {2}, 1); }, "blk.0.attn_q.scale");
  Checkpoint c = open_gguf([](GgufFile& file) { file.number("llama.some_key", 3); });
  tools::remove_keys(c.config, {"llama.some_key"});
  (void)tools::import_model(c, {});
}

TEST_CASE("what is no whole model of a known architecture is refused") {
  check_refusal([] { open_gguf({}, "mamba"); }, "general.architecture is \"mamba\"", "llama",
                "bert");
  refused([](GgufFile& file) { file.text("general.type", "adapter"); }, "adapter");
  refused([](GgufFile& file) { file.key<uint16_t>("split.count", 2, 3); }, "one of 3 files");
  refused([](GgufFile& file) { file.number("llama.vocab_size", 11); },
          "llama.vocab_size is 11, token_embd.weight has 10 rows");
  refused(
      [](GgufFile& file) {
        file.number("llama.attention.key_length", 4);
        file.number("llama.attention.value_length", 6);
      },
      "keys of 4 and values of 6");
  GgufFile file;
  file.text("general.architecture", "llama");
  const TemporaryFolder folder;
  write_bytes(folder.file("model.gguf"), file.bytes());
  check_refusal([&] { tools::open_checkpoint(folder.file("model.gguf")); },
                "has no key llama.block_count");
}

TEST_CASE("a tensor of several experts becomes one for each") {
  const Checkpoint c = open_gguf([](GgufFile& file) {
    file.number("llama.expert_count", 2);
    file.number("llama.expert_used_count", 1);
    file.floats("blk.0.ffn_up_exps.weight", {8, 12, 2}, 2000);
  });
  CHECK(c.config["model_type"] == "mixtral");
  const std::string second = "model.layers.0.block_sparse_moe.experts.1.w3.weight";
  CHECK(c.at(second).shape == std::vector<uint64_t>{12, 8});
  float value = 0;
  c.read(second, 1, {&value, 1});
  CHECK(value == 2000 + 96 + 1);
  check_refusal(
      [] {
        open_gguf([](GgufFile& file) {
          file.number("llama.expert_count", 2);
          file.number("llama.expert_used_count", 1);
          file.floats("blk.0.ffn_up_exps.weight", {8}, 2000);
        });
      },
      "ffn_up_exps", "[8]");
}

TEST_CASE("norms of heads in one tensor become one for each head") {
  const auto change = [](GgufFile& file) {
    file.real("stablelm.attention.layer_norm_epsilon", 1e-5f);
    file.key<uint8_t>("stablelm.use_parallel_residual", 7, 0);
    file.number("stablelm.rope.dimension_count", 2);
    file.floats("blk.0.attn_q_norm.weight", {4, 2}, 50);
  };
  const Checkpoint c = open_gguf(change, "stablelm");
  CHECK(c.config["qk_layernorm"] == true);
  CHECK(static_cast<int>(c.config["partial_rotary_factor"].get<double>() * 4) == 2);
  float value = 0;
  c.read("model.layers.0.self_attn.q_layernorm.norms.1.weight", 0, {&value, 1});
  CHECK(value == 54);
}

}  // namespace fovea::test
