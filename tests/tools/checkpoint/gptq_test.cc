#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/tools/checkpoint/quantized_layer.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

std::vector<Stored> gptq(const Plain& p, int bits, int less, bool g_idx) {
  const uint64_t n = 32 / static_cast<uint64_t>(bits), groups = p.groups();
  std::vector<Stored> made = {
      stored("l.qweight", "I32", {p.columns / n, p.outputs},
             pack_down(transposed(p.codes, p.outputs, p.columns), p.columns, p.outputs, bits)),
      stored("l.qzeros", "I32", {groups, p.outputs / n},
             pack_across(plus(transposed(p.zeros, p.outputs, groups), -less), groups, p.outputs,
                         bits)),
      stored("l.scales", "F32", {groups, p.outputs}, transposed(p.scales, p.outputs, groups)),
      stored("l.bias", "F32", {p.outputs}, std::vector<float>(p.outputs, 1)),
  };
  if (g_idx) made.push_back(stored("l.g_idx", "I32", {p.columns}, p.group_of));
  return made;
}

json gptq_says(int bits, int64_t group) {
  return {{"quant_method", "gptq"}, {"bits", bits}, {"group_size", group},
          {"desc_act", false},      {"sym", true},  {"damp_percent", 0.01}};
}

}  // namespace

TEST_CASE("a config whose quantization_config is null is of a checkpoint as it is") {
  Plain p = plain(16, 48, 16, 0, 15);
  const Checkpoint whole = open(json(), gptq(p, 4, 0, false));
  CHECK(whole.tensors.count("l.qweight") == 1);
  CHECK(whole.config["quantization_config"].is_null());
}

TEST_CASE("GPTQ of both versions, any bits, with groups in order and out of it") {
  for (const int bits : {2, 4, 8}) {
    CAPTURE(bits);
    // Zeros of version 1 are stored less one, so that 0 is none of them.
    Plain p = plain(16, 48, 16, 0, (1 << bits) - 1);
    for (int& zero : p.zeros) zero = std::max(zero, 1);
    Checkpoint one = open(gptq_says(bits, 16), gptq(p, bits, 1, false));
    CHECK(weight(one) == p.numbers());
    CHECK(one.at("l.weight").shape == std::vector<uint64_t>{16, 48});
    CHECK(one.tensors.size() == 2);
    CHECK(!one.config.contains("quantization_config"));
    json says = gptq_says(bits, 16);
    says["checkpoint_format"] = "gptq_v2";
    CHECK(weight(open(says, gptq(p, bits, 0, false))) == p.numbers());
    for (uint64_t c = 0; c < p.columns; ++c) p.group_of[c] = static_cast<uint32_t>(c * 5 % 3);
    const Checkpoint ordered = open(says, gptq(p, bits, 0, true));
    CHECK(weight(ordered) == p.numbers());
    const std::vector<float> all = p.numbers();
    CHECK(weight(ordered, 50, 100) == std::vector<float>(all.begin() + 50, all.begin() + 150));
  }
  const Plain whole = plain(8, 24, 24, 0, 15);
  json says = gptq_says(4, -1);
  says["checkpoint_format"] = "gptq_v2";
  CHECK(weight(open(says, gptq(whole, 4, 0, false))) == whole.numbers());
}

TEST_CASE("GPTQ by its definition in numbers") {
  // Two columns groups of 4; output 1 has codes 1 to 8, zero 8 (7 is stored), scales 0.5 and 2.
  const uint32_t word = 0x87654321u, zeros = 0x77777777u;
  const std::vector<float> scales = {0, 0.5f, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0};
  const Checkpoint c =
      open(gptq_says(4, 4),
           {stored("l.qweight", "I32", {1, 8}, std::vector<uint32_t>{0, word, 0, 0, 0, 0, 0, 0}),
            stored("l.qzeros", "I32", {2, 1}, std::vector<uint32_t>{zeros, zeros}),
            stored("l.scales", "F32", {2, 8}, scales)});
  CHECK(weight(c, 8, 8) == std::vector<float>{-3.5f, -3, -2.5f, -2, -6, -4, -2, 0});
}

TEST_CASE("GPTQ that is not understood is refused") {
  const Plain p = plain(16, 48, 16, 0, 15);
  const auto refused = [&](const json& says, std::vector<Stored> tensors, const auto&... parts) {
    check_refusal([&] { open(says, tensors); }, parts...);
  };
  json three = gptq_says(3, 16);
  refused(three, gptq(p, 4, 0, false), "bits is 3");
  refused(gptq_says(4, 32), gptq(p, 4, 0, false), "layer l", "3 groups");
  std::vector<Stored> wrap = gptq(p, 4, 0, false);
  wrap[1].bytes[0] = '\x0F';
  refused(gptq_says(4, 16), wrap, "layer l", "gptq_v2");
  Plain far = p;
  far.group_of[7] = 3;
  refused(gptq_says(4, 16), gptq(far, 4, 0, true), "g_idx 3, of 3 groups");
  std::vector<Stored> lacks = gptq(p, 4, 0, false);
  lacks.erase(lacks.begin() + 1);
  refused(gptq_says(4, 16), lacks, "l.qzeros is missing");
  std::vector<Stored> other = gptq(p, 4, 0, false);
  other[1].shape = {other[1].shape[1], other[1].shape[0]};
  refused(gptq_says(4, 16), other, "l.qzeros", "[3, 2]");
  json dynamic = gptq_says(4, 16);
  dynamic["dynamic"] = {{"l", {{"bits", 8}}}};
  const Plain q = plain(16, 48, 16, 0, 14);
  CHECK(open(dynamic, gptq(q, 4, 0, false)).config["quantization_config"] ==
        json({{"dynamic", {{"l", {{"bits", 8}}}}}}));
}

}  // namespace fovea::test
