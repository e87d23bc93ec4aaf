// Recognises kinds of files, for messages about files of the wrong kind.

#ifndef FOVEA_TOOLS_CHECKPOINT_DESCRIBE_H_
#define FOVEA_TOOLS_CHECKPOINT_DESCRIBE_H_

#include <cstdint>
#include <span>
#include <string>

namespace fovea::tools {

// What bytes look like, as words that follow "looks like". Empty for a llama2.c checkpoint.
std::string describe(std::span<const uint8_t> bytes);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_DESCRIBE_H_
