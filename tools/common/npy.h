// NumPy's .npy files: tensors as every language can write and read them.

#ifndef FOVEA_TOOLS_COMMON_NPY_H_
#define FOVEA_TOOLS_COMMON_NPY_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fovea/fovea.h"

namespace fovea::tools {

// One array in C order, of a type that models have.
struct Npy {
  fovea_type type = FOVEA_FLOAT32;
  std::vector<uint64_t> shape;  // empty for a scalar
  std::vector<uint8_t> data;
};

// "float32", "int32".
const char* type_name(uint32_t type);

// "[3, 4]".
std::string shape_text(std::span<const uint64_t> shape);

// Reads a whole file of numbers in either order of axes and bytes: booleans, integers and floats
// of 8 to 64 bits. Every element must have exactly the same value in the type `wanted` of `what`
// ("input 'tokens'"). Throws InputError, with `name` as the file's.
Npy parse_npy(std::span<const uint8_t> bytes, const std::string& name, fovea_type wanted,
              const std::string& what);

// Reads a file: floats as float32, all else as int32.
Npy read_npy(const std::string& path);

// The bytes of a file.
std::vector<uint8_t> npy_bytes(uint32_t type, std::span<const uint64_t> shape,
                               std::span<const uint8_t> data);

// Writes a file atomically. Throws InputError.
void write_npy(const std::string& path, uint32_t type, std::span<const uint64_t> shape,
               std::span<const uint8_t> data);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_COMMON_NPY_H_
