// Layers of checkpoints whose weights are stored as codes, and what they are by definition.

#ifndef FOVEA_TESTS_TOOLS_CHECKPOINT_QUANTIZED_LAYER_H_
#define FOVEA_TESTS_TOOLS_CHECKPOINT_QUANTIZED_LAYER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::test {

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

// A checkpoint of these tensors whose config says so of its codes.
Checkpoint open(const json& quantization, const std::vector<Stored>& tensors);

// What is read as the layer's weight.
std::vector<float> weight(const Checkpoint& c, uint64_t first = 0, size_t count = SIZE_MAX);

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

// Random codes from `least` to `most`.
Plain plain(uint64_t outputs, uint64_t columns, uint64_t group, int least, int most);

// n rows by m columns of numbers, `bits` each, lowest first, along one of the two.
std::vector<uint32_t> pack_down(const std::vector<int>& m, uint64_t rows, uint64_t columns,
                                int bits);
std::vector<uint32_t> pack_across(const std::vector<int>& m, uint64_t rows, uint64_t columns,
                                  int bits);

template <typename T>
std::vector<T> transposed(const std::vector<T>& m, uint64_t rows, uint64_t columns) {
  std::vector<T> made(m.size());
  for (uint64_t r = 0; r < rows; ++r) {
    for (uint64_t c = 0; c < columns; ++c) made[c * rows + r] = m[r * columns + c];
  }
  return made;
}

// Each number, and `add`.
std::vector<int> plus(std::vector<int> m, int add);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_CHECKPOINT_QUANTIZED_LAYER_H_
