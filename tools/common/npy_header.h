// The header of a .npy file: what its bytes mean.

#ifndef FOVEA_TOOLS_COMMON_NPY_HEADER_H_
#define FOVEA_TOOLS_COMMON_NPY_HEADER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fovea::tools {

struct NpyHeader {
  std::string descr;  // NumPy's name of the element type, such as "<f4"
  bool fortran_order = false;
  std::vector<uint64_t> shape;  // empty for a scalar
  size_t data = 0;              // bytes before the elements
};

// Throws InputError, with `name` as the file's, where the bytes begin otherwise.
NpyHeader read_npy_header(std::span<const uint8_t> bytes, const std::string& name);

// The bytes before the elements of an array in C order.
std::vector<uint8_t> npy_header_bytes(const std::string& descr, std::span<const uint64_t> shape);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_NPY_HEADER_H_
