// Files of NumPy as bytes.

#ifndef FOVEA_TESTS_TOOLS_COMMON_NPY_TEXT_H_
#define FOVEA_TESTS_TOOLS_COMMON_NPY_TEXT_H_

#include <string>

namespace fovea::tools {

// A version 1 file with this dictionary.
inline std::string npy_text(const std::string& dictionary, size_t data_bytes) {
  std::string result("\x93NUMPY\x01\x00", 8);
  result += static_cast<char>(dictionary.size() & 255);
  result += static_cast<char>(dictionary.size() >> 8);
  return result + dictionary + std::string(data_bytes, '\1');
}

}  // namespace fovea::tools

#endif  // FOVEA_TESTS_TOOLS_COMMON_NPY_TEXT_H_
