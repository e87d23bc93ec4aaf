// The checkpoints of llama2.c: a header of integers, then tensors in a fixed order.

#ifndef FOVEA_TOOLS_CHECKPOINT_LLAMA2C_H_
#define FOVEA_TOOLS_CHECKPOINT_LLAMA2C_H_

#include <cstdint>
#include <span>

#include "tools/checkpoint/checkpoint.h"

namespace fovea::tools {

// Whether bytes begin as a llama2.c checkpoint does. Version 0 has no magic number: its seven
// integers have to make sense together.
bool looks_like_llama2c(std::span<const uint8_t> bytes);

// Adds the file, its tensors under Hugging Face's names, and a config with Hugging Face's keys.
// Throws InputError on anything malformed.
void add_llama2c(MappedFile file, Checkpoint& checkpoint);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_LLAMA2C_H_
