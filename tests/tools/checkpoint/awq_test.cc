#include <doctest/doctest.h>

#include <vector>

#include "tests/tools/checkpoint/quantized_layer.h"
#include "tests/tools/refused.h"

namespace fovea::test {

TEST_CASE("AWQ has outputs in an order of its own") {
  const Plain p = plain(16, 24, 8, 0, 15);
  constexpr uint64_t kOrder[] = {0, 2, 4, 6, 1, 3, 5, 7};  // of outputs, from the lowest bits on
  const auto pack = [&](const std::vector<int>& m, uint64_t rows) {
    std::vector<int> moved(m.size());  // [rows, outputs]
    for (uint64_t r = 0; r < rows; ++r) {
      for (uint64_t o = 0; o < p.outputs; ++o) {
        moved[r * p.outputs + o] = m[r * p.outputs + o / 8 * 8 + kOrder[o % 8]];
      }
    }
    return pack_across(moved, rows, p.outputs, 4);
  };
  const std::vector<Stored> tensors = {
      stored("l.qweight", "I32", {24, 2}, pack(transposed(p.codes, 16, 24), 24)),
      stored("l.qzeros", "I32", {3, 2}, pack(transposed(p.zeros, 16, 3), 3)),
      stored("l.scales", "F32", {3, 16}, transposed(p.scales, 16, 3))};
  const json says = {{"quant_method", "awq"},
                     {"bits", 4},
                     {"group_size", 8},
                     {"zero_point", true},
                     {"version", "gemm"}};
  const Checkpoint c = open(says, tensors);
  CHECK(weight(c) == p.numbers());
  CHECK(!c.config.contains("quantization_config"));
  json other = says;
  other["version"] = "gemv";
  CHECK(open(other, tensors).config["quantization_config"] == json({{"version", "gemv"}}));
  json large = says;
  large["group_size"] = 16;
  check_refusal([&] { open(large, tensors); }, "layer l", "3 groups");
}

TEST_CASE("AWQ by its definition in numbers") {
  const Checkpoint c = open({{"quant_method", "awq"}, {"bits", 4}, {"group_size", 1}},
                            {stored("l.qweight", "I32", {1, 1}, std::vector<uint32_t>{0x76543210u}),
                             stored("l.qzeros", "I32", {1, 1}, std::vector<uint32_t>{0}),
                             stored("l.scales", "F32", {1, 8}, std::vector<float>(8, 1))});
  CHECK(weight(c) == std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7});
}

}  // namespace fovea::test
