#include "tests/tools/checkpoint/quantized_layer.h"

#include <algorithm>
#include <random>

#include "tests/support/temporary_folder.h"

namespace fovea::test {
namespace {

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

}  // namespace

Checkpoint open(const json& quantization, const std::vector<Stored>& tensors) {
  const TemporaryFolder folder;
  const json config = {{"model_type", "llama"}, {"quantization_config", quantization}};
  write_bytes(folder.file("config.json"), config.dump());
  write_bytes(folder.file("model.safetensors"), safetensors(tensors));
  return tools::open_checkpoint(folder.path());
}

std::vector<float> weight(const Checkpoint& c, uint64_t first, size_t count) {
  const tools::StoredTensor& t = c.at("l.weight");
  std::vector<float> made(std::min<uint64_t>(count, t.elements() - first));
  c.read("l.weight", first, made);
  return made;
}

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

}  // namespace fovea::test
