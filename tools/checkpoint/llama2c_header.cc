#include "tools/checkpoint/llama2c_header.h"

#include <cstdlib>
#include <cstring>

#include "tools/checkpoint/llama2c.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kMagic = 0x616b3432;  // "ak42"
constexpr size_t kHeader = 256;          // bytes of versions 1 and 2
constexpr int64_t kMaxNumber = int64_t{1} << 24;

int32_t integer(std::span<const uint8_t> bytes, size_t offset) {
  int32_t value = 0;
  if (bytes.size() >= offset + 4) std::memcpy(&value, bytes.data() + offset, 4);
  return value;
}

bool plausible(const Llama2cHeader& h) {
  for (const int64_t n : {h.width, h.ffn, h.layers, h.heads, h.kv_heads, h.vocabulary, h.context}) {
    if (n < 1 || n > kMaxNumber) return false;
  }
  return h.width % h.heads == 0 && h.heads % h.kv_heads == 0 && h.width / h.heads % 2 == 0 &&
         h.layers <= 1000;
}

}  // namespace

Llama2cHeader parse_llama2c_header(std::span<const uint8_t> bytes) {
  Llama2cHeader h;
  const bool has_magic = static_cast<uint32_t>(integer(bytes, 0)) == kMagic;
  if (has_magic) h.version = integer(bytes, 4);
  int64_t* const numbers[] = {&h.width,    &h.ffn,        &h.layers, &h.heads,
                              &h.kv_heads, &h.vocabulary, &h.context};
  for (size_t i = 0; i < 7; ++i) *numbers[i] = integer(bytes, (has_magic ? 8 : 0) + 4 * i);
  if (has_magic) {
    h.start = kHeader;
    h.shared = bytes.size() > 36 && bytes[36] != 0;
    if (h.version == 2) h.group = static_cast<uint32_t>(integer(bytes, 37));
  } else {
    h.start = 28;
    h.shared = h.vocabulary > 0;  // a negative size says that the classifier is apart
    h.vocabulary = std::abs(h.vocabulary);
  }
  return h;
}

void check_llama2c_header(const MappedFile& file, const Llama2cHeader& h) {
  const size_t size = file.bytes().size();
  if (size < h.start) {
    fail("{}: truncated: {} bytes, the llama2.c header alone needs {}; fetch it again", file.path(),
         size, h.start);
  }
  if (h.version < 0 || h.version > 2) {
    fail("{}: llama2.c checkpoint of version {}; versions 0 to 2 can be read", file.path(),
         h.version);
  }
  if (!plausible(h) || (h.version == 2 && (h.group < 1 || h.group > uint64_t{kMaxNumber}))) {
    fail(
        "{}: damaged: its llama2.c header says width {}, {} layers, {} heads, {} key-value heads, "
        "vocabulary {}; fetch it again",
        file.path(), h.width, h.layers, h.heads, h.kv_heads, h.vocabulary);
  }
}

bool looks_like_llama2c(std::span<const uint8_t> bytes) {
  if (bytes.size() >= 8 && static_cast<uint32_t>(integer(bytes, 0)) == kMagic) return true;
  return bytes.size() >= 28 && plausible(parse_llama2c_header(bytes));
}

}  // namespace fovea::tools
