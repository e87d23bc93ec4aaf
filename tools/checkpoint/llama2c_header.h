// What a llama2.c checkpoint begins with.

#ifndef FOVEA_TOOLS_CHECKPOINT_LLAMA2C_HEADER_H_
#define FOVEA_TOOLS_CHECKPOINT_LLAMA2C_HEADER_H_

#include <cstdint>
#include <span>

#include "tools/common/mapped_file.h"

namespace fovea::tools {

struct Llama2cHeader {
  int version = 0;
  int64_t width = 0, ffn = 0, layers = 0, heads = 0, kv_heads = 0, vocabulary = 0, context = 0;
  bool shared = false;  // the embedding is the classifier too
  uint64_t group = 0;   // version 2: elements that share a scale
  uint64_t start = 0;   // bytes before the first tensor

  uint64_t kv_width() const { return static_cast<uint64_t>(width / heads * kv_heads); }
};

Llama2cHeader parse_llama2c_header(std::span<const uint8_t> bytes);

// Throws InputError for a header that no model of this format has.
void check_llama2c_header(const MappedFile& file, const Llama2cHeader& h);

}  // namespace fovea::tools

#endif  // FOVEA_TOOLS_CHECKPOINT_LLAMA2C_HEADER_H_
