#include "tools/checkpoint/quantized.h"

#include <doctest/doctest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/tools/refused.h"
#include "tools/checkpoint/checkpoint.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using tools::Checkpoint;

struct Stored {
  std::string name, type;
  std::vector<uint64_t> shape;
  std::string bytes;
};

template <typename T>
Stored stored(const std::string& name, const char* type, const std::vector<uint64_t>& shape,
              const std::vector<T>& values) {
  return {
      name, type, shape, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}};
}

std::string safetensors(const std::vector<Stored>& tensors) {
  json header = json::object();
  std::string data;
  for (const Stored& t : tensors) {
    header[t.name] = {{"dtype", t.type},
                      {"shape", t.shape},
                      {"data_offsets", {data.size(), data.size() + t.bytes.size()}}};
    data += t.bytes;
  }
  const std::string text = header.dump();
  const uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + text + data;
}

Checkpoint open(const json& quantization, const std::vector<Stored>& tensors) {
  const TemporaryFolder folder;
  const json config = {{"model_type", "llama"}, {"quantization_config", quantization}};
  write_bytes(folder.file("config.json"), config.dump());
  write_bytes(folder.file("model.safetensors"), safetensors(tensors));
  return tools::open_checkpoint(folder.path());
}

std::vector<float> weight(const Checkpoint& c, uint64_t first = 0, size_t count = SIZE_MAX) {
  const tools::StoredTensor& t = c.at("l.weight");
  std::vector<float> made(std::min<uint64_t>(count, t.elements() - first));
  c.read("l.weight", first, made);
  return made;
}

// Codes and what goes with them, unpacked: what a weight is by definition.
struct Plain {
  uint64_t outputs, columns, group;
  int least, most;
  std::vector<int> codes, zeros;  // [outputs, columns], [outputs, groups]
  std::vector<float> scales;      // [outputs, groups]
  std::vector<uint32_t> group_of;

  uint64_t groups() const { return (columns + group - 1) / group; }
  std::vector<float> numbers() const {
    std::vector<float> made;
    for (uint64_t o = 0; o < outputs; ++o) {
      for (uint64_t c = 0; c < columns; ++c) {
        const uint64_t at = o * groups() + group_of[c];
        made.push_back(scales[at] * static_cast<float>(codes[o * columns + c] - zeros[at]));
      }
    }
    return made;
  }
};

Plain plain(uint64_t outputs, uint64_t columns, uint64_t group, int least, int most) {
  std::mt19937 random(7);
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  Plain p = {outputs, columns, group, least, most, {}, {}, {}, {}};
  for (uint64_t i = 0; i < outputs * columns; ++i) p.codes.push_back(between(least, most));
  for (uint64_t i = 0; i < outputs * p.groups(); ++i) {
    p.zeros.push_back(between(least, most - 1));
    p.scales.push_back(static_cast<float>(between(1, 1000)) / 1024);
  }
  for (uint64_t c = 0; c < columns; ++c) p.group_of.push_back(static_cast<uint32_t>(c / group));
  return p;
}

// n rows by m columns of numbers, `bits` each, lowest first, along one of the two.
std::vector<uint32_t> pack_down(const std::vector<int>& m, uint64_t rows, uint64_t columns,
                                int bits) {
  const uint64_t n = 32 / static_cast<uint64_t>(bits), words = (rows + n - 1) / n;
  std::vector<uint32_t> made(words * columns);
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < columns; ++c) {
      const auto code = static_cast<uint32_t>(m[r * columns + c]) & ((1u << bits) - 1);
      made[r / n * columns + c] |= code << (r % n * static_cast<uint64_t>(bits));
    }
  }
  return made;
}

template <typename T>
std::vector<T> transposed(const std::vector<T>& m, uint64_t rows, uint64_t columns) {
  std::vector<T> made(m.size());
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < columns; ++c) made[c * rows + r] = m[r * columns + c];
  }
  return made;
}

std::vector<uint32_t> pack_across(const std::vector<int>& m, uint64_t rows, uint64_t columns,
                                  int bits) {
  const uint64_t n = 32 / static_cast<uint64_t>(bits);
  const auto down = pack_down(transposed(m, rows, columns), columns, rows, bits);
  return transposed(down, (columns + n - 1) / n, rows);
}

std::vector<int> plus(std::vector<int> m, int add) {
  for (int& x : m) x += add;
  return m;
}

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
