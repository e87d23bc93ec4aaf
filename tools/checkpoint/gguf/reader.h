// The GGUF format: magic, version, counts, metadata {key: value}, tensors {name, extents, type,
// offset}, then the tensors' bytes.

#ifndef FOVEA_TOOLS_CHECKPOINT_GGUF_READER_H_
#define FOVEA_TOOLS_CHECKPOINT_GGUF_READER_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

struct GgufFile {
  uint32_t version = 0;
  nlohmann::json metadata = nlohmann::json::object();  // keys as they stand there
  // Under the file's own names; extents in row-major order, which are the file's in reverse.
  std::map<std::string, StoredTensor, std::less<>> tensors;
};

// Whether bytes begin as a GGUF file does.
bool looks_like_gguf(std::span<const uint8_t> bytes);

// Throws InputError on anything malformed. Tensors of types that cannot be decoded are there, too,
// and refuse to be read.
GgufFile read_gguf(const MappedFile& file);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_GGUF_READER_H_
