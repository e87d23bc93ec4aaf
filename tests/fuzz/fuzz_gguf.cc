// Any bytes as a GGUF file: refused with a line, or a graph whose weights can be read.

#include <algorithm>
#include <vector>

#include "tests/fuzz/temporary_file.h"
#include "tools/checkpoint/gguf/gguf.h"
#include "tools/common/error.h"
#include "tools/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::tools;
  if (size == 0) return 0;
  const fovea::test::TemporaryFile file(data, size);
  Checkpoint checkpoint;
  checkpoint.path = "fuzz";
  try {
    add_gguf(MappedFile(file.path()), checkpoint);
    (void)import_model(checkpoint, {});
    std::vector<float> values(256);
    for (const auto& [name, tensor] : checkpoint.tensors) {
      const uint64_t count = std::min<uint64_t>(values.size(), tensor.elements());
      checkpoint.read(name, tensor.elements() - count, std::span(values).first(count));
    }
  } catch (const InputError&) {
  }
  return 0;
}
