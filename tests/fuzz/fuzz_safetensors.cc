// Any bytes as a safetensors file: refused with a line, or tensors that can be read to their ends.

#include <algorithm>
#include <vector>

#include "tests/fuzz/temporary_file.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::tools;
  if (size == 0) return 0;
  const fovea::test::TemporaryFile file(data, size);
  Checkpoint checkpoint;
  checkpoint.path = "fuzz";
  try {
    MappedFile mapped(file.path());
    if (!looks_like_safetensors(mapped.bytes())) return 0;
    add_safetensors(std::move(mapped), checkpoint);
  } catch (const InputError&) {
    return 0;
  }
  std::vector<float> values(256);
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (tensor.codec.decode == nullptr || tensor.elements() == 0) continue;
    const uint64_t count = std::min<uint64_t>(values.size(), tensor.elements());
    checkpoint.read(name, 0, std::span(values).first(count));
    checkpoint.read(name, tensor.elements() - count, std::span(values).first(count));
    checkpoint.forget(name, 0, tensor.elements());
  }
  return 0;
}
