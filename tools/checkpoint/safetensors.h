// The safetensors format: u64 header size, a JSON header {name: {dtype, shape, data_offsets}},
// then the tensors' bytes.

#ifndef FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_
#define FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_

#include <cstdint>
#include <span>
#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Whether bytes begin as a safetensors file does.
bool looks_like_safetensors(std::span<const uint8_t> bytes);

// Adds a file and its tensors. Throws InputError on anything malformed.
void add_safetensors(MappedFile file, Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_
