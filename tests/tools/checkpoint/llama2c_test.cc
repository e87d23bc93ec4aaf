#include "tools/checkpoint/llama2c.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/checkpoint/put.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

using tools::Checkpoint;
using tools::open_checkpoint;

// Width 8, FFN 12, 2 layers, 4 heads, 2 key-value heads, vocabulary 10, context 6.
constexpr int32_t kNumbers[] = {8, 12, 2, 4, 2, 10, 6};
constexpr uint32_t kGroup = 4;

// Elements count up from 0 through the whole file, so that each tells where it came from.
class Writer {
 public:
  std::string bytes;

  void floats(size_t count) {
    for (size_t i = 0; i < count; ++i) put(bytes, next_++);
  }
  // int8 1, 2, 3, ...; the scale of a group is its number, and counts on.
  void int8(size_t count) {
    for (size_t i = 0; i < count; ++i) put(bytes, static_cast<int8_t>(i % 100 + 1));
    for (size_t i = 0; i < count / kGroup; ++i) put(bytes, next_++);
  }
  // Cosines and sines of 6 positions times one pair, whose frequency is 1.
  void rotation(double base_angle = 1) {
    for (int p = 0; p < 6; ++p) put(bytes, static_cast<float>(std::cos(base_angle * p)));
    for (int p = 0; p < 6; ++p) put(bytes, static_cast<float>(std::sin(base_angle * p)));
  }

 private:
  float next_ = 0;
};

void numbers(Writer& w, bool shared) {
  for (const int32_t n : kNumbers) {
    put(w.bytes, n == 10 && !shared ? -n : n);
  }
}

std::string version_0(bool shared, double base_angle = 1) {
  Writer w;
  numbers(w, shared);
  w.floats(10 * 8);
  for (const size_t count : {8, 64, 32, 32, 64, 8, 96, 96, 96}) w.floats(2 * count);
  w.floats(8);
  w.rotation(base_angle);
  if (!shared) w.floats(80);
  return w.bytes;
}

Writer later_header(int32_t version, bool shared) {
  Writer w;
  w.bytes = "24ka";
  put(w.bytes, version);
  numbers(w, true);
  put(w.bytes, static_cast<uint8_t>(shared));
  if (version == 2) put(w.bytes, static_cast<int32_t>(kGroup));
  w.bytes.resize(256, '\0');
  w.floats(2 * 8 + 2 * 8 + 8);
  return w;
}

std::string version_1(bool shared) {
  Writer w = later_header(1, shared);
  w.floats(80);
  for (const size_t count : {64, 32, 32, 64, 96, 96, 96}) w.floats(2 * count);
  if (!shared) w.floats(80);
  return w.bytes;
}

std::string version_2(bool shared) {
  Writer w = later_header(2, shared);
  w.int8(80);
  for (const size_t count : {64, 32, 32, 64, 96, 96, 96}) {
    w.int8(count);
    w.int8(count);
  }
  if (!shared) w.int8(80);
  return w.bytes;
}

Checkpoint open(const TemporaryFolder& folder, const std::string& bytes) {
  write_bytes(folder.file("model.bin"), bytes);
  return open_checkpoint(folder.file("model.bin"));
}

float first(const Checkpoint& checkpoint, const std::string& name) {
  float value = -1;
  checkpoint.read(name, 0, {&value, 1});
  return value;
}

}  // namespace

TEST_CASE("version 0 has its tensors in their places") {
  const TemporaryFolder folder;
  for (const bool shared : {true, false}) {
    const Checkpoint c = open(folder, version_0(shared));
    CHECK(c.format == "llama2.c version 0");
    CHECK(c.config["tie_word_embeddings"] == shared);
    CHECK(c.config["vocab_size"] == 10);
    CHECK(first(c, "model.embed_tokens.weight") == 0);
    CHECK(first(c, "model.layers.0.input_layernorm.weight") == 80);
    CHECK(first(c, "model.layers.1.input_layernorm.weight") == 88);
    CHECK(first(c, "model.layers.0.self_attn.q_proj.weight") == 96);
    CHECK(first(c, "model.layers.1.self_attn.k_proj.weight") == 96 + 128 + 32);
    CHECK(first(c, "model.layers.0.post_attention_layernorm.weight") == 96 + 2 * 192);
    CHECK(first(c, "model.layers.0.mlp.gate_proj.weight") == 96 + 2 * 192 + 16);
    CHECK(first(c, "model.layers.0.mlp.down_proj.weight") == 96 + 2 * 192 + 16 + 192);
    CHECK(first(c, "model.norm.weight") == 96 + 2 * 192 + 16 + 3 * 192);
    CHECK(c.tensors.contains("lm_head.weight") == !shared);
    if (!shared) CHECK(first(c, "lm_head.weight") == 96 + 2 * 192 + 16 + 3 * 192 + 8);
    CHECK(c.at("model.layers.0.mlp.down_proj.weight").shape == std::vector<uint64_t>{8, 12});
  }
}

TEST_CASE("versions 1 and 2 begin with the norms") {
  const TemporaryFolder folder;
  const Checkpoint one = open(folder, version_1(false));
  CHECK(one.format == "llama2.c version 1");
  CHECK(first(one, "model.layers.1.post_attention_layernorm.weight") == 24);
  CHECK(first(one, "model.norm.weight") == 32);
  CHECK(first(one, "model.embed_tokens.weight") == 40);
  CHECK(first(one, "model.layers.0.self_attn.q_proj.weight") == 120);

  const Checkpoint two = open(folder, version_2(false));
  std::vector<float> values(6);
  two.read("model.embed_tokens.weight", 2, values);
  // int8 3, 4 of the first group, whose scale is 40; then 5 to 8 of the second, whose scale is 41.
  CHECK(values == std::vector<float>{120, 160, 205, 246, 287, 328});
  CHECK(first(two, "model.layers.0.self_attn.q_proj.weight") == 40 + 80 / kGroup);
}

TEST_CASE("tables of another rotation than the one that is computed are refused") {
  const TemporaryFolder folder;
  check_refusal([&] { open(folder, version_0(true, 0.99)); }, "cosines and sines", "position 1");
  // Zeros stand for tables that were left out.
  std::string bytes = version_0(true);
  bytes.replace(bytes.size() - 48, 48, 48, '\0');
  CHECK(open(folder, bytes).format == "llama2.c version 0");
}

TEST_CASE("every truncation is refused, and so is what is too long") {
  const TemporaryFolder folder;
  for (const std::string& whole : {version_0(true), version_1(false), version_2(true)}) {
    for (size_t size = 0; size < whole.size(); size += size < 300 ? 1 : 37) {
      CAPTURE(size);
      check_refusal([&] { open(folder, whole.substr(0, size)); }, "model.bin");
    }
    check_refusal([&] { open(folder, whole + "...."); }, "bytes where a llama2.c checkpoint");
  }
  check_refusal([&] { open(folder, version_1(true).substr(0, 1000)); }, "truncated: 1000 bytes");
}

TEST_CASE("headers that make no sense are refused") {
  const TemporaryFolder folder;
  std::string bytes = version_1(true);
  bytes[4] = 3;
  check_refusal([&] { open(folder, bytes); }, "version 3", "0 to 2");
  bytes = version_1(true);
  bytes[20] = 3;  // heads
  check_refusal([&] { open(folder, bytes); }, "damaged", "3 heads");
  bytes = version_2(true);
  bytes[37] = 0;  // group
  check_refusal([&] { open(folder, bytes); }, "damaged");
}

}  // namespace fovea::test
