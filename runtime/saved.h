// The first bytes of a saved state.

#ifndef FOVEA_RUNTIME_SAVED_H_
#define FOVEA_RUNTIME_SAVED_H_

#include <cstdint>

namespace fovea {

struct SavedHead {
  uint64_t magic;
  uint32_t header_crc, weights_crc;  // of the model
  uint32_t crc;                      // of the whole saved state, this field taken as zero
  uint32_t zero;
};
static_assert(sizeof(SavedHead) == 24);

inline constexpr uint64_t kSavedMagic = 0x0231565300564F46u;  // "FOV", a zero, "SV", "1", 2

}  // namespace fovea

#endif  // FOVEA_RUNTIME_SAVED_H_
