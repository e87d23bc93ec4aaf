// The 64 bytes that begin a .fovea file. schema/README.md draws them.

#ifndef FOVEA_RUNTIME_PREAMBLE_H_
#define FOVEA_RUNTIME_PREAMBLE_H_

#include <cstdint>

namespace fovea {

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "fovea reads its files in place, which needs a little-endian target"
#endif

struct Preamble {
  uint64_t magic;           // the bytes 89 46 4F 56 45 41 0D 0A
  uint64_t version;         // of the format
  uint64_t header_offset;   // 64
  uint64_t header_size;     // bytes of the FlatBuffer
  uint64_t weights_offset;  // a multiple of 64; zeros fill the gap before it
  uint64_t weights_size;
  uint64_t header_crc;  // of all bytes before weights_offset, this field taken as zero
  uint64_t weights_crc;
};
static_assert(sizeof(Preamble) == 64);

inline constexpr uint64_t kMagic = 0x0A0D4145564F4689u;
inline constexpr uint64_t kFormatVersion = 1;
inline constexpr uint64_t kFileAlignment = 64;             // of weights in the file
inline constexpr uint64_t kMaxHeader = uint64_t{1} << 30;  // FlatBuffers' own limit is 2 GiB

}  // namespace fovea

#endif  // FOVEA_RUNTIME_PREAMBLE_H_
