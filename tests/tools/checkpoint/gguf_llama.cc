#include "tests/tools/checkpoint/gguf_llama.h"

#include <string>

#include "tests/support/temporary_folder.h"

namespace fovea::test {
namespace {

void add_keys(GgufFile& file, const std::string& name) {
  file.text("general.architecture", name);
  file.text("general.name", "some name");
  file.number(name + ".block_count", 1);
  file.number(name + ".context_length", 32);
  file.number(name + ".embedding_length", 8);
  file.number(name + ".feed_forward_length", 12);
  file.number(name + ".attention.head_count", 2);
  file.number(name + ".attention.head_count_kv", 1);
  file.real(name + ".attention.layer_norm_rms_epsilon", 1e-5f);
}

void add_tensors(GgufFile& file) {
  file.floats("token_embd.weight", {8, 10}, 0);
  file.floats("output_norm.weight", {8}, 100);
  file.floats("blk.0.attn_norm.weight", {8}, 200);
  file.floats("blk.0.attn_q.weight", {8, 8}, 300);
  file.floats("blk.0.attn_k.weight", {8, 4}, 400);
  file.floats("blk.0.attn_v.weight", {8, 4}, 500);
  file.floats("blk.0.attn_output.weight", {8, 8}, 600);
  file.floats("blk.0.ffn_norm.weight", {8}, 700);
  file.floats("blk.0.ffn_gate.weight", {8, 12}, 800);
  file.floats("blk.0.ffn_up.weight", {8, 12}, 900);
  file.floats("blk.0.ffn_down.weight", {12, 8}, 1000);
}

}  // namespace

Checkpoint open_gguf(const std::function<void(GgufFile&)>& change, const char* name) {
  GgufFile file;
  add_keys(file, name);
  add_tensors(file);
  if (change) change(file);
  const TemporaryFolder folder;
  write_bytes(folder.file("model.gguf"), file.bytes());
  return tools::open_checkpoint(folder.file("model.gguf"));
}

}  // namespace fovea::test
