// Reads the tensors of ONNX's official operator cases.

#ifndef FOVEA_TESTS_SUPPORT_ONNX_CASE_H_
#define FOVEA_TESTS_SUPPORT_ONNX_CASE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fovea::test {

// Numbers of any type, row-major.
struct OnnxTensor {
  enum Type { kFloat, kHalf, kBool, kInt64 };
  Type type = kFloat;
  std::vector<uint32_t> shape;
  std::vector<float> values;
};

// Inputs and outputs of a case by name. `folder`: that of its test_data_set_0.
std::map<std::string, OnnxTensor> read_onnx_case(const std::string& folder);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_ONNX_CASE_H_
