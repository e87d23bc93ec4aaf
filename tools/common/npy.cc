#include "tools/common/npy.h"

#include <algorithm>
#include <limits>

#include "tools/common/error.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npy_elements.h"
#include "tools/common/npy_header.h"
#include "tools/common/npy_numbers.h"
#include "tools/common/output_file.h"

namespace fovea::tools {
namespace {

ElementType type_of(const NpyHeader& header, const std::string& name) {
  if (const auto type = element_type(header.descr)) return *type;
  fail(
      "{}: elements are '{}', which are no booleans, integers or floats of up to 64 bits: save it "
      "with astype(numpy.float32) or astype(numpy.int32)",
      name, header.descr);
}

// Bytes of an array, or a failure where that number overflows.
uint64_t byte_count(const NpyHeader& header, uint64_t element, const std::string& name) {
  if (std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end()) return 0;
  uint64_t result = element;
  for (const uint64_t extent : header.shape) {
    if (result > std::numeric_limits<int64_t>::max() / extent) {
      fail("{}: shape {} is too large", name, shape_text(header.shape));
    }
    result *= extent;
  }
  return result;
}

// The elements, as many as the shape says.
std::span<const uint8_t> data_of(std::span<const uint8_t> bytes, const NpyHeader& header,
                                 const ElementType& type, const std::string& name) {
  const uint64_t needed = byte_count(header, type.bytes, name);
  const std::span<const uint8_t> data = bytes.subspan(header.data);
  if (data.size() != needed) {
    fail("{}: has {} bytes of data, its shape {} of {} needs {}", name, data.size(),
         shape_text(header.shape), type.name(), needed);
  }
  return data;
}

Npy parse(std::span<const uint8_t> bytes, const NpyHeader& header, const ElementType& type,
          const std::string& name, fovea_type wanted, const std::string& what) {
  const std::span<const uint8_t> data = data_of(bytes, header, type, name);
  ConvertedElements elements =
      convert_elements(type, data, header.shape, header.fortran_order, wanted);
  if (elements.inexact) {
    fail("{}: is {}, {} is {}: its element {}, {}, has no exact value there", name, type.name(),
         what, type_name(wanted), index_text(*elements.inexact, header.shape), elements.value);
  }
  return {wanted, header.shape, std::move(elements.data)};
}

}  // namespace

const char* type_name(uint32_t type) {
  if (type == FOVEA_FLOAT32) return "float32";
  if (type == FOVEA_UINT8) return "uint8";
  return type == FOVEA_INT32 ? "int32" : "unknown";
}

std::string shape_text(std::span<const uint64_t> shape) {
  std::string result = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    result += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  }
  return result + "]";
}

std::string index_text(uint64_t element, std::span<const uint64_t> shape) {
  std::vector<uint64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return shape_text(index);
}

Numbers parse_numbers(std::span<const uint8_t> bytes, const std::string& name) {
  const NpyHeader header = read_npy_header(bytes, name);
  const ElementType type = type_of(header, name);
  return {header.shape, nearest_numbers(type, data_of(bytes, header, type, name), header.shape,
                                        header.fortran_order)};
}

Npy parse_npy(std::span<const uint8_t> bytes, const std::string& name, fovea_type wanted,
              const std::string& what) {
  const NpyHeader header = read_npy_header(bytes, name);
  return parse(bytes, header, type_of(header, name), name, wanted, what);
}

Npy read_npy(const std::string& path) {
  const MappedFile file(path);
  const NpyHeader header = read_npy_header(file.bytes(), path);
  const ElementType type = type_of(header, path);
  const fovea_type wanted = type.kind == 'f' ? FOVEA_FLOAT32 : FOVEA_INT32;
  return parse(file.bytes(), header, type, path, wanted, "what is needed");
}

std::vector<uint8_t> npy_bytes(uint32_t type, std::span<const uint64_t> shape,
                               std::span<const uint8_t> data) {
  std::vector<uint8_t> result = npy_header_bytes(type == FOVEA_INT32 ? "<i4" : "<f4", shape);
  result.insert(result.end(), data.begin(), data.end());
  return result;
}

void write_npy(const std::string& path, uint32_t type, std::span<const uint64_t> shape,
               std::span<const uint8_t> data) {
  write_file(path, npy_bytes(type, shape, data));
}

}  // namespace fovea::tools
