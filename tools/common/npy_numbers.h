// Arrays of .npy files as doubles, for who compares numbers.

#ifndef FOVEA_TOOLS_COMMON_NPY_NUMBERS_H_
#define FOVEA_TOOLS_COMMON_NPY_NUMBERS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

// In C order.
struct Numbers {
  std::vector<uint64_t> shape;
  std::vector<double> values;
};

// Elements of any type that parse_npy takes, each as the nearest double. Throws InputError.
Numbers parse_numbers(std::span<const uint8_t> bytes, const std::string& name);

// "[1, 2]" for element 6 of [2, 4].
std::string index_text(uint64_t element, std::span<const uint64_t> shape);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_NPY_NUMBERS_H_
