#include "tools/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "fovea/fovea.h"
#include "tools/checkpoint/half.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"

namespace fovea::tools {
namespace {

// Files give their numbers at any alignment.
template <typename T>
T load(const uint8_t* bytes, uint64_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

void read_int8_groups(const StoredTensor& tensor, const uint8_t* file, uint64_t first,
                      std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t element = first + i;
    const float scale = load<float>(file + tensor.scales, element / tensor.group);
    out[i] = static_cast<float>(load<int8_t>(file + tensor.offset, element)) * scale;
  }
}

size_t element_bytes(Encoding encoding) {
  switch (encoding) {
    case Encoding::kFloat32:
      return 4;
    case Encoding::kFloat16:
    case Encoding::kBFloat16:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

uint64_t StoredTensor::elements() const {
  uint64_t product = 1;
  for (const uint64_t extent : shape) product *= extent;
  return product;
}

const StoredTensor& Checkpoint::at(std::string_view name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    fail(
        "{}: tensor {} is missing; check that the checkpoint is complete and that its config is "
        "its own",
        path, name);
  }
  return found->second;
}

void Checkpoint::read(std::string_view name, uint64_t first, std::span<float> out) const {
  const StoredTensor& tensor = at(name);
  const uint8_t* file = files[tensor.file].bytes().data();
  const uint8_t* bytes = file + tensor.offset;
  switch (tensor.encoding) {
    case Encoding::kFloat32:
      std::memcpy(out.data(), bytes + first * 4, out.size_bytes());
      return;
    case Encoding::kFloat16:
      for (size_t i = 0; i < out.size(); ++i) out[i] = from_half(load<uint16_t>(bytes, first + i));
      return;
    case Encoding::kBFloat16:
      for (size_t i = 0; i < out.size(); ++i) {
        out[i] = from_bfloat(load<uint16_t>(bytes, first + i));
      }
      return;
    case Encoding::kInt8Groups:
      read_int8_groups(tensor, file, first, out);
      return;
    case Encoding::kOther:
      break;
  }
  fail("{}: tensor {} has type {}; weights may be F32, F16 or BF16", path, name, tensor.type);
}

void Checkpoint::forget(std::string_view name, uint64_t first, uint64_t end) const {
  const StoredTensor& tensor = at(name);
  const uint64_t bytes = element_bytes(tensor.encoding);
  files[tensor.file].forget(tensor.offset + first * bytes, (end - first) * bytes);
}

uint32_t Checkpoint::crc() const {
  constexpr size_t kStep = size_t{16} << 20;
  uint64_t total = 0, done = 0;
  for (const MappedFile& file : files) total += file.bytes().size();
  Progress progress("reading", total);
  uint32_t crc = 0;
  for (const MappedFile& file : files) {
    for (size_t at = 0; at < file.bytes().size(); at += kStep) {
      const auto part = file.bytes().subspan(at, std::min(kStep, file.bytes().size() - at));
      crc = fovea_crc32(crc, part.data(), part.size());
      file.forget(at, part.size());
      progress.update(done += part.size());
    }
  }
  return crc;
}

}  // namespace fovea::tools
