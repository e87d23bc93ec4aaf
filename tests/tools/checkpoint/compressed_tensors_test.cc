#include <doctest/doctest.h>

#include <vector>

#include "tests/tools/checkpoint/quantized_layer.h"
#include "tests/tools/refused.h"

namespace fovea::test {
namespace {

json compressed(const char* format, int bits) {
  return {{"quant_method", "compressed-tensors"},
          {"format", format},
          {"quantization_status", "compressed"},
          {"ignore", {"lm_head"}},
          {"kv_cache_scheme", nullptr},
          {"config_groups",
           {{"group_0",
             {{"targets", {"Linear"}},
              {"input_activations", nullptr},
              {"output_activations", nullptr},
              {"weights",
               {{"num_bits", bits},
                {"type", "int"},
                {"symmetric", true},
                {"strategy", "group"},
                {"group_size", 8},
                {"dynamic", false}}}}}}}};
}

}  // namespace

TEST_CASE("compressed-tensors, packed, with and without zeros and an order of columns") {
  for (const int bits : {4, 8}) {
    CAPTURE(bits);
    const int half = 1 << (bits - 1);
    const uint64_t n = 32 / static_cast<uint64_t>(bits);
    Plain p = plain(10, 36, 12, -half, half - 1);
    const int64_t shape[] = {10, 36};
    std::vector<Stored> tensors = {
        stored("l.weight_packed", "I32", {10, (36 + n - 1) / n},
               pack_across(plus(p.codes, half), 10, 36, bits)),
        stored("l.weight_shape", "I64", {2}, std::vector<int64_t>(shape, shape + 2)),
        stored("l.weight_scale", "F32", {10, 3}, p.scales),
        stored("l.weight_zero_point", "I32", {(10 + n - 1) / n, 3},
               pack_down(plus(p.zeros, half), 10, 3, bits))};
    const Checkpoint c = open(compressed("pack-quantized", bits), tensors);
    CHECK(weight(c) == p.numbers());
    CHECK(!c.config.contains("quantization_config"));
    CHECK(c.tensors.size() == 1);
    for (uint64_t i = 0; i < p.columns; ++i) p.group_of[i] = static_cast<uint32_t>(i * 7 % 3);
    tensors.push_back(stored("l.weight_g_idx", "I32", {36}, p.group_of));
    CHECK(weight(open(compressed("pack-quantized", bits), tensors)) == p.numbers());
    tensors.back() = stored("l.weight_g_idx", "I32", {36}, std::vector<int32_t>(36, -1));
    CHECK(weight(open(compressed("pack-quantized", bits), tensors)) != p.numbers());
    for (uint64_t i = 0; i < p.columns; ++i) p.group_of[i] = static_cast<uint32_t>(i / 12);
    CHECK(weight(open(compressed("pack-quantized", bits), tensors)) == p.numbers());
    tensors.erase(tensors.begin() + 3);
    p.zeros.assign(p.zeros.size(), 0);
    CHECK(weight(open(compressed("pack-quantized", bits), tensors)) == p.numbers());
    tensors[1] = stored("l.weight_shape", "I64", {2}, std::vector<int64_t>{10, -36});
    check_refusal([&] { open(compressed("pack-quantized", bits), tensors); }, "layer l",
                  "[10, -36]");
  }
}

TEST_CASE("compressed-tensors in bytes, with a scale for all, for each output, for each group") {
  for (const uint64_t groups : {0u, 1u, 3u}) {
    CAPTURE(groups);
    Plain p = plain(4, 12, groups == 3 ? 4 : 12, -128, 127);
    if (groups == 0) {
      p.scales.assign(4, p.scales[0]);
      p.zeros.assign(4, p.zeros[0]);
    }
    const std::vector<uint64_t> shape =
        groups == 0 ? std::vector<uint64_t>{1} : std::vector<uint64_t>{4, groups};
    const uint64_t count = groups == 0 ? 1 : 4 * groups;
    std::vector<Stored> tensors = {
        stored("l.weight", "I8", {4, 12}, std::vector<int8_t>(p.codes.begin(), p.codes.end())),
        stored("l.weight_scale", "F32", shape,
               std::vector<float>(p.scales.begin(), p.scales.begin() + static_cast<long>(count))),
        stored("l.weight_zero_point", "I8", shape,
               std::vector<int8_t>(p.zeros.begin(), p.zeros.begin() + static_cast<long>(count))),
        stored("other.weight", "F32", {1}, std::vector<float>{3})};
    const Checkpoint c = open(compressed("int-quantized", 8), tensors);
    CHECK(weight(c) == p.numbers());
    CHECK(c.tensors.size() == 2);
  }
}

TEST_CASE("what compressed-tensors says besides stays for the config's reader") {
  const std::vector<Stored> tensors = {stored("l.weight", "I8", {1, 1}, std::vector<int8_t>{3}),
                                       stored("l.weight_scale", "F32", {1}, std::vector<float>{2})};
  json says = compressed("int-quantized", 8);
  says["config_groups"]["group_0"]["input_activations"] = {{"num_bits", 8}};
  CHECK(open(says, tensors).config["quantization_config"] ==
        json({{"config_groups", {{"group_0", {{"input_activations", {{"num_bits", 8}}}}}}}}));
  says = compressed("int-quantized", 8);
  says["config_groups"]["group_0"]["weights"]["type"] = "float";
  CHECK(open(says, tensors).config["quantization_config"]["config_groups"]["group_0"]["weights"] ==
        json({{"type", "float"}}));
  says = compressed("float-quantized", 8);
  check_refusal([&] { open(says, tensors); }, "format is \"float-quantized\"", "pack-quantized");
  says = compressed("int-quantized", 3);
  check_refusal([&] { open(says, tensors); }, "3 bits");
}

}  // namespace fovea::test
