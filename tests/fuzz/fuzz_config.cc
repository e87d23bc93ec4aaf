// Any bytes as config.json, beside the tensors of a Llama, of the dates and of the digits: refused
// with a line, or a graph.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/fuzz/temporary_file.h"
#include "tests/support/llama_checkpoint.h"
#include "tools/checkpoint/json.h"
#include "tools/checkpoint/safetensors.h"
#include "tools/common/error.h"
#include "tools/graph/fuse.h"
#include "tools/import/import.h"

namespace {

using namespace fovea::tools;
using namespace fovea::test;

LlamaCheckpoint llama() {
  return random_llama({.width = 8,
                       .ffn_width = 6,
                       .layers = 2,
                       .heads = 2,
                       .kv_heads = 1,
                       .head_width = 4,
                       .vocabulary = 11,
                       .context = 16},
                      1);
}

// The tensors to which configs are given, one after the other.
std::vector<Checkpoint>& checkpoints() {
  static std::vector<Checkpoint> all = [] {
    std::vector<Checkpoint> made(3);
    const std::string bytes = safetensors_bytes(saved_tensors(llama()));
    const TemporaryFile file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    add_safetensors(MappedFile(file.path()), made[0]);
    add_safetensors(MappedFile(FOVEA_EXAMPLES "/dates/model.safetensors"), made[1]);
    add_safetensors(MappedFile(FOVEA_EXAMPLES "/digits/model.safetensors"), made[2]);
    return made;
  }();
  return all;
}

std::string text_of(const char* path) {
  const MappedFile file(path);
  return {file.bytes().begin(), file.bytes().end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (Checkpoint& checkpoint : checkpoints()) {
    try {
      checkpoint.path = "fuzz";
      checkpoint.config = read_json({data, size}, "fuzz");
      (void)fuse(import_model(checkpoint, {}));
    } catch (const InputError&) {
    }
  }
  return 0;
}

// Seeds mutation with configs that fit.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  static const std::string seeds[] = {config_json(llama().shape),
                                      text_of(FOVEA_EXAMPLES "/dates/config.json"),
                                      text_of(FOVEA_EXAMPLES "/digits/config.json")};
  if (size < 16 || seed % 64 == 0) {
    const std::string& chosen = seeds[seed / 64 % 3];
    size = std::min(chosen.size(), max_size);
    std::copy_n(chosen.begin(), size, data);
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
