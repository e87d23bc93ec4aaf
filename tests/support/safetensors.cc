#include "tests/support/safetensors.h"

#include <bit>
#include <fstream>

namespace fovea::test {
namespace {

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::string data_of(const SavedTensor& tensor) {
  std::string bytes;
  for (const float value : tensor.values) {
    if (tensor.dtype == "F16") {
      append(bytes, half_bits(value));
    } else if (tensor.dtype == "BF16") {
      append(bytes, bfloat_bits(value));
    } else {
      append(bytes, value);
    }
  }
  return bytes;
}

std::string entry(const SavedTensor& tensor, size_t begin, size_t end) {
  std::string shape;
  for (const uint32_t extent : tensor.shape) {
    shape += (shape.empty() ? "" : ",") + std::to_string(extent);
  }
  return "\"" + tensor.name + "\":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":[" + shape +
         "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

}  // namespace

uint16_t bfloat_bits(float value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

uint16_t half_bits(float value) {
  if (value == 0) return 0;
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t exponent = (bits >> 23 & 0xff) - 112;
  return static_cast<uint16_t>((bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 0x3ff));
}

std::string safetensors_bytes(const std::vector<SavedTensor>& tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}", data;
  for (const SavedTensor& tensor : tensors) {
    const size_t begin = data.size();
    data += data_of(tensor);
    header += "," + entry(tensor, begin, data.size());
  }
  header += "}";
  std::string bytes;
  append(bytes, static_cast<uint64_t>(header.size()));
  return bytes + header + data;
}

void write_safetensors(const std::string& path, const std::vector<SavedTensor>& tensors) {
  const std::string bytes = safetensors_bytes(tensors);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

}  // namespace fovea::test
