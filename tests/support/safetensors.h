// Writes safetensors files for tests.

#ifndef FOVEA_TESTS_SUPPORT_SAFETENSORS_H_
#define FOVEA_TESTS_SUPPORT_SAFETENSORS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::test {

struct SavedTensor {
  std::string name;
  std::vector<uint32_t> shape;
  std::vector<float> values;  // row-major
  std::string dtype = "F32";  // F16 and BF16 cut off what does not fit
};

// The bytes of a file.
std::string safetensors_bytes(const std::vector<SavedTensor>& tensors);

void write_safetensors(const std::string& path, const std::vector<SavedTensor>& tensors);

// Bits of a half and of a bfloat16, rounded towards zero. Normal numbers and zero only.
uint16_t half_bits(float value);
uint16_t bfloat_bits(float value);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_SAFETENSORS_H_
