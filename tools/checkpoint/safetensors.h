// The safetensors format: u64 header size, a JSON header {name: {dtype, shape, data_offsets}},
// then the tensors' bytes.

#ifndef FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_
#define FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Whether bytes begin as a safetensors file does.
bool looks_like_safetensors(std::span<const uint8_t> bytes);

// Whether a tensor is wanted from a file.
using KeepTensor = std::function<bool(const std::string& name)>;

// Adds a file and those of its tensors that `keep` wants, all where it is empty. Throws InputError
// on anything malformed.
void add_safetensors(MappedFile file, Checkpoint& checkpoint, const KeepTensor& keep = {});

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_SAFETENSORS_H_
