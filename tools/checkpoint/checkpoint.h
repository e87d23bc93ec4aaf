// A trained model as someone saved it: named tensors in mapped files, and what is known of the
// architecture as JSON. All formats end up in this one form.

#ifndef FOVEA_TOOLS_CHECKPOINT_CHECKPOINT_H_
#define FOVEA_TOOLS_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/checkpoint/codec.h"
#include "tools/checkpoint/packed_matrix.h"
#include "tools/common/mapped_file.h"
#include "tools/common/npy.h"

namespace fovea::tools {

struct StoredTensor {
  Codec codec;
  std::string type;  // as the file calls it
  std::vector<uint64_t> shape;
  size_t file = 0;         // index into Checkpoint::files
  uint64_t offset = 0;     // bytes from the start of the file
  size_t scales_file = 0;  // the same, where the codec keeps scales apart
  uint64_t scales = 0;
  // Instead of the codec, where a format has more than blocks and scales; views of the files.
  std::shared_ptr<const PackedMatrix> packed;

  uint64_t elements() const;
};

// A step that sentence-transformers puts behind a model, from modules.json.
struct SentenceModule {
  std::string path;       // its folder; its tensors are PATH.NAME here
  std::string type;       // "Pooling"
  nlohmann::json config;  // an empty object where there is none
};

struct Checkpoint {
  std::string path;       // as the user named it, for messages
  std::string format;     // "safetensors", "GGUF version 3", "llama2.c version 0"
  nlohmann::json config;  // Hugging Face's keys where there are such
  // For which there are no keys: elements that rotary embedding turns together lie side by side;
  // gains of norms are whole where the family's own files have them less one; matrices are
  // [outputs, columns] where those have [columns, outputs].
  bool interleaved = false, whole_gains = false, upright = false;
  nlohmann::json texts;                 // keys of a GGUF file about its tokenizer, or null
  std::vector<SentenceModule> modules;  // behind the model itself, in order
  std::vector<MappedFile> files;
  std::map<std::string, StoredTensor, std::less<>> tensors;

  // Throws InputError where there is no such tensor.
  const StoredTensor& at(std::string_view name) const;

  // Elements [first, first + out.size()) as f32. Throws InputError on a type that no weight has.
  void read(std::string_view name, uint64_t first, std::span<float> out) const;

  // Says that elements [first, end) of a tensor will not be read again soon.
  void forget(std::string_view name, uint64_t first, uint64_t end) const;

  // CRC-32 of all files' bytes in order.
  uint32_t crc() const;
};

// Opens a Hugging Face folder, a safetensors file beside its config.json, a GGUF or a llama2.c
// file. What a file is follows from its bytes. Throws InputError.
Checkpoint open_checkpoint(const std::string& path);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_CHECKPOINT_H_
