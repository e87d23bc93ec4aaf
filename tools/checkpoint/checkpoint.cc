#include "tools/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fovea/fovea.h"
#include "tools/common/error.h"
#include "tools/common/progress.h"

namespace fovea::tools {
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
  if (tensor.packed != nullptr) return tensor.packed->decode(first, out);
  if (tensor.codec.decode != nullptr) {
    const StoredBytes bytes = {files[tensor.file].bytes().data() + tensor.offset,
                               files[tensor.scales_file].bytes().data() + tensor.scales};
    return tensor.codec.decode(tensor.codec, bytes, first, out);
  }
  fail("{}: tensor {} has type {}; weights may be F32, F16 or BF16", path, name, tensor.type);
}

void Checkpoint::forget(std::string_view name, uint64_t first, uint64_t end) const {
  const StoredTensor& tensor = at(name);
  if (tensor.packed != nullptr) return;  // columns may lie anywhere
  const Codec& codec = tensor.codec;
  const uint64_t begin = first / codec.block_elements, blocks = end / codec.block_elements - begin;
  files[tensor.file].forget(tensor.offset + begin * codec.block_bytes, blocks * codec.block_bytes);
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
