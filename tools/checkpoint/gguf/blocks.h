// How ggml stores the elements of a tensor: blocks of 32 or 256 that have their scales in front or
// behind.

#ifndef FOVEA_TOOLS_CHECKPOINT_GGUF_BLOCKS_H_
#define FOVEA_TOOLS_CHECKPOINT_GGUF_BLOCKS_H_

#include <cstdint>

#include "tools/checkpoint/codec.h"

namespace fovea::tools {

struct GgmlType {
  uint32_t number;
  const char* name;
  Codec codec;  // of types that are not decoded block_elements is 0
};

// By its number in a file; null for an unknown one.
const GgmlType* find_ggml_type(uint32_t number);

// "F32, F16, ...": those that can be decoded.
const char* ggml_types_known();

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_GGUF_BLOCKS_H_
